import { lineChart } from "../compare/line-chart.ts";
import { thousands } from "../compare/show-round.ts";
import { markdownTable } from "../markdown-table.ts";
import { print } from "../print.ts";
import { lacksModel } from "../stacks/workload-models.ts";
import type { Curve } from "./curve.ts";
import { measurePoint, type Point, warmUp } from "./measure-point.ts";
import { openWorkloadFleet, USUAL_REPLICAS, type WorkloadFleet } from "./open-fleet.ts";
import { type Batches, batchesSince, readBatches, rowsAt } from "./read-batches.ts";
import { milliseconds, perSecond, short } from "./show-figures.ts";

const WORKLOADS = ["sentiment", "minilm"] as const;
const CONNECTIONS = [1, 4, 16, 64, 256];

export interface BatchesRow {
  readonly workload: (typeof WORKLOADS)[number];
  readonly connections: number;
  readonly point: Point;
  readonly meanRows: number;
  /** At most so many rows have half, and nine of ten, of the batches. */
  readonly p50Rows: number;
  readonly p90Rows: number;
}

export const batchesCurve: Curve<readonly BatchesRow[]> = {
  name: "batches",
  what: "rows of a batch over 1 to 256 connections",
  minutes: 3,
  async measure(measuring) {
    const rows: BatchesRow[] = [];
    for (const workload of WORKLOADS) {
      if (lacksModel(workload)) {
        print(`  ${workload}: left out, FLOTILLA_TEST_MODELS has no MiniLM`);
        continue;
      }
      await using open = await openWorkloadFleet(workload);
      const target = { http: open.http };
      await warmUp(target, measuring, USUAL_REPLICAS);
      for (const connections of measuring.quick ? [1, 64] : CONNECTIONS) {
        const before = await batchesOf(open, workload);
        const point = await measurePoint(open, target, { ...measuring, connections });
        const batches = batchesSince(before, await batchesOf(open, workload));
        rows.push({
          ...{ workload, connections, point },
          meanRows: batches.rows / batches.count,
          p50Rows: rowsAt(batches, 0.5),
          p90Rows: rowsAt(batches, 0.9),
        });
        print(`  ${workload}, ${connections}: ${short(batches.rows / batches.count)} rows`);
      }
    }
    return rows;
  },
  show: (rows) => ({
    text: batchesTable(rows),
    chart: {
      alt: "Mean rows of a batch over the number of connections",
      svg: lineChart([
        {
          title: "Rows of a batch, in the mean, at three replicas",
          xLabel: "connections",
          xScale: "log",
          showX: thousands,
          showY: String,
          series: WORKLOADS.map((workload) => ({
            label: workload,
            points: rows
              .filter((row) => row.workload === workload)
              .map(({ connections, meanRows }) => [connections, meanRows] as const),
          })).filter(({ points }) => points.length > 0),
        },
      ]),
    },
  }),
};

async function batchesOf({ fleet }: WorkloadFleet, model: string): Promise<Batches> {
  const pages = (await fleet.replicas()).map(async ({ http }) => {
    const answer = await fetch(`http://${http}/metrics`);
    return await answer.text();
  });
  return readBatches(await Promise.all(pages), model);
}

function batchesTable(rows: readonly BatchesRow[]): string {
  return markdownTable(
    ["model", "connections", "rows, mean", "half have", "nine of ten", "requests/s", "p50", "p99"],
    rows.map((row) => [
      row.workload,
      String(row.connections),
      short(row.meanRows),
      `≤ ${row.p50Rows}`,
      `≤ ${row.p90Rows}`,
      perSecond(row.point.perSecond),
      milliseconds(row.point.p50Ms),
      milliseconds(row.point.p99Ms),
    ]),
  );
}
