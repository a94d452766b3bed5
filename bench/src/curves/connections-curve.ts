import { messageOf } from "@flotilla/common/message-of";
import type { Settings } from "@flotilla/common/settings";
import { lineChart } from "../compare/line-chart.ts";
import { thousands } from "../compare/show-round.ts";
import { markdownTable } from "../markdown-table.ts";
import { print } from "../print.ts";
import type { Curve, Measuring } from "./curve.ts";
import { measurePoint, type Point, type Target, warmUp } from "./measure-point.ts";
import { openWorkloadFleet, USUAL_REPLICAS, type WorkloadFleet } from "./open-fleet.ts";
import { microseconds, milliseconds, percent, perSecond } from "./show-figures.ts";

const CONNECTIONS = [1, 4, 16, 64, 256, 1_024, 4_096];
const PROTOCOLS = { http: "HTTP", grpc: "gRPC" } as const;

/** More clients than three replicas of the usual limit let wait. */
const MENDED = { connections: 4_096, settings: { queue_limit: 4_096 } };

type Protocol = keyof typeof PROTOCOLS;

export interface ConnectionsRow {
  readonly protocol: Protocol;
  readonly connections: number;
  /** What is set beside the defaults. */
  readonly settings?: Partial<Settings>;
  /** What it came to, or why it could not be measured at all. */
  readonly measured: Point | { readonly problem: string };
}

export const connectionsCurve: Curve<readonly ConnectionsRow[]> = {
  name: "connections",
  what: "throughput and latency of the MLP over 1 to 4,096 connections through NGINX",
  minutes: 4,
  async measure(measuring) {
    const usual = await measureFleet({}, measuring.quick ? [1, 64] : CONNECTIONS, measuring);
    if (measuring.quick) return usual;
    const mended = await measureFleet(MENDED.settings, [MENDED.connections], measuring);
    return [...usual, ...mended.map((row) => ({ ...row, settings: MENDED.settings }))];
  },
  show: (rows) => ({
    text: connectionsTable(rows),
    chart: {
      alt: "Requests per second over the number of connections",
      svg: lineChart([
        {
          title: "MLP: requests/s through NGINX at three replicas",
          xLabel: "connections",
          xScale: "log",
          showX: thousands,
          showY: thousands,
          series: Object.entries(PROTOCOLS).map(([protocol, label]) => ({
            label,
            points: rows.flatMap((row) =>
              row.protocol === protocol && !row.settings && "perSecond" in row.measured
                ? [[row.connections, row.measured.perSecond] as const]
                : [],
            ),
          })),
        },
      ]),
    },
  }),
};

async function measureFleet(
  ...[settings, connections, measuring]: readonly [Partial<Settings>, readonly number[], Measuring]
): Promise<readonly ConnectionsRow[]> {
  await using open = await openWorkloadFleet("mlp", settings);
  const rows: ConnectionsRow[] = [];
  for (const protocol of Object.keys(PROTOCOLS) as Protocol[]) {
    const target = protocol === "http" ? { http: open.http } : { grpc: open.grpc };
    await warmUp(target, measuring, USUAL_REPLICAS);
    for (const count of connections) {
      const measured = await tryPoint({ open, target, connections: count, measuring });
      print(`  ${PROTOCOLS[protocol]}, ${count}: ${describe(measured)}`);
      rows.push({ protocol, connections: count, measured });
    }
  }
  return rows;
}

async function tryPoint(options: {
  readonly open: WorkloadFleet;
  readonly target: Target;
  readonly connections: number;
  readonly measuring: Measuring;
}): Promise<ConnectionsRow["measured"]> {
  const { open, target, connections, measuring } = options;
  try {
    return await measurePoint(open, target, { ...measuring, connections });
  } catch (error) {
    return { problem: messageOf(error).slice(0, 200) };
  }
}

function describe(measured: ConnectionsRow["measured"]): string {
  return "problem" in measured
    ? measured.problem
    : `${perSecond(measured.perSecond)}, ${percent(measured.failedShare)} failed`;
}

export function connectionsTable(rows: readonly ConnectionsRow[]): string {
  const head = [
    ...["protocol", "connections", "requests/s", "failed", "p50", "p99"],
    ...["CPU of replicas", "of NGINX"],
  ];
  return markdownTable(
    head,
    rows.map(({ protocol, connections, settings = {}, measured }) => [
      PROTOCOLS[protocol],
      [
        thousands(connections),
        ...Object.entries(settings).map(([key, value]) => `\`${key}: ${value}\``),
      ].join(", "),
      ...("problem" in measured ? [measured.problem.replaceAll(/\s+/g, " ")] : figuresOf(measured)),
    ]),
  );
}

function figuresOf(point: Point): readonly string[] {
  return [
    perSecond(point.perSecond),
    percent(point.failedShare),
    milliseconds(point.p50Ms),
    milliseconds(point.p99Ms),
    microseconds(point.cpuMs["replicas"] ?? 0),
    microseconds(point.cpuMs["nginx"] ?? 0),
  ];
}
