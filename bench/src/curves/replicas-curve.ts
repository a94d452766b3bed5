import { cpus } from "node:os";
import { lineChart } from "../compare/line-chart.ts";
import { thousands } from "../compare/show-round.ts";
import { markdownTable } from "../markdown-table.ts";
import { print } from "../print.ts";
import type { Curve, Measuring } from "./curve.ts";
import { measurePoint, type Point, warmUp } from "./measure-point.ts";
import { openWorkloadFleet } from "./open-fleet.ts";
import { microseconds, milliseconds, percent, perSecond } from "./show-figures.ts";

const WORKLOADS = ["mlp", "sentiment"] as const;
const REPLICAS = [1, 2, 3, 4, 6, 8];
const CONNECTIONS = 64;
/** Nearly the most: more replicas than for this cost memory for nothing. */
const ENOUGH = 0.95;

interface ReplicasRow {
  readonly workload: (typeof WORKLOADS)[number];
  readonly replicas: number;
  readonly point: Point;
}

export interface ReplicasData {
  readonly cores: number;
  readonly rows: readonly ReplicasRow[];
}

export const replicasCurve: Curve<ReplicasData> = {
  name: "replicas",
  what: `throughput of 1 to 8 replicas, ${CONNECTIONS} connections`,
  minutes: 6,
  async measure(measuring) {
    const rows: ReplicasRow[] = [];
    for (const workload of WORKLOADS) {
      for (const replicas of measuring.quick ? [1, 3] : REPLICAS) {
        const point = await measureReplicas({ workload, replicas, measuring });
        print(`  ${workload}, ${replicas}: ${perSecond(point.perSecond)}`);
        rows.push({ workload, replicas, point });
      }
    }
    return { cores: cpus().length, rows };
  },
  show: ({ cores, rows }) => ({
    text: [replicasTable(rows), replicasAdvice({ cores, rows })].join("\n\n"),
    chart: {
      alt: "Requests per second over the number of replicas",
      svg: lineChart([
        {
          title: `Requests/s through NGINX on ${cores} cores, ${CONNECTIONS} connections`,
          xLabel: "replicas",
          xScale: "linear",
          showX: String,
          showY: thousands,
          series: WORKLOADS.map((workload) => ({
            label: workload,
            points: of(rows, workload).map(({ replicas, point }) => [replicas, point.perSecond]),
          })),
        },
      ]),
    },
  }),
};

async function measureReplicas(options: {
  readonly workload: ReplicasRow["workload"];
  readonly replicas: number;
  readonly measuring: Measuring;
}): Promise<Point> {
  const { workload, replicas, measuring } = options;
  await using open = await openWorkloadFleet(workload, { replicas });
  const target = { http: open.http };
  await warmUp(target, measuring, replicas);
  return await measurePoint(open, target, { ...measuring, connections: CONNECTIONS });
}

function replicasTable(rows: readonly ReplicasRow[]): string {
  const head = ["model", "replicas", "requests/s", "p50", "p99", "CPU of replicas", "of NGINX"];
  return markdownTable(
    head,
    rows.map(({ workload, replicas, point }) => [
      workload,
      String(replicas),
      perSecond(point.perSecond),
      milliseconds(point.p50Ms),
      milliseconds(point.p99Ms),
      microseconds(point.cpuMs["replicas"] ?? 0),
      microseconds(point.cpuMs["nginx"] ?? 0),
    ]),
  );
}

/** How many replicas are enough for the cores, model by model, and what more of them cost. */
export function replicasAdvice({ cores, rows }: ReplicasData): string {
  const sentences = WORKLOADS.flatMap((workload) => {
    const own = of(rows, workload);
    const most = Math.max(...own.map(({ point }) => point.perSecond));
    const enough = own.find(({ point }) => point.perSecond >= ENOUGH * most);
    const last = own.at(-1);
    if (enough === undefined || last === undefined) return [];
    const each = (row: ReplicasRow) => row.point.cpuMs["replicas"] ?? 0;
    const cost = last.point.perSecond / enough.point.perSecond;
    return [
      `${workload}: \`replicas: ${enough.replicas}\` is the least that reaches ${percent(ENOUGH)} of the most; ` +
        `${last.replicas} reach ${percent(cost)} of that, at ${(each(last) / each(enough)).toFixed(2)} times the CPU a request.`,
    ];
  });
  return [`On ${cores} cores:`, ...sentences].join(" ");
}

function of(
  rows: readonly ReplicasRow[],
  workload: ReplicasRow["workload"],
): readonly ReplicasRow[] {
  return rows.filter((row) => row.workload === workload);
}
