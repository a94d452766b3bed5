import type { Protocol } from "../load/load-protocol.ts";
import { markdownTable } from "../markdown-table.ts";
import type { Measured } from "./measure.ts";

export interface OverloadRow extends Measured {
  readonly protocol: Protocol;
  readonly load: string;
  /** How much of the capacity was asked for. */
  readonly times: number;
  /** What the fleet answered to clients that wait for each answer, just before and just after. */
  readonly capacityPerSecond: number;
}

/** What an overloaded fleet still answers, of its capacity. */
const GOODPUT_KEPT = 0.9;

const HEAD = [
  "protocol",
  "load",
  "good/s",
  "capacity/s",
  "share",
  "refused/s",
  "anything else",
  "p99 of good, ms",
  "p99 of refusals, ms",
];

export function overloadTable(rows: readonly OverloadRow[]): string {
  return markdownTable(
    HEAD,
    rows.map((row) => [
      row.protocol === "http" ? "HTTP" : "gRPC",
      row.load,
      row.goodPerSecond.toFixed(1),
      row.capacityPerSecond.toFixed(1),
      `${(shareOf(row) * 100).toFixed(0)} %`,
      row.overloadedPerSecond.toFixed(1),
      String(row.others.length),
      row.p99Ms.toFixed(0),
      Number.isNaN(row.overloadedP99Ms) ? "–" : row.overloadedP99Ms.toFixed(0),
    ]),
  );
}

export function problemsOf(rows: readonly OverloadRow[]): readonly string[] {
  return rows.flatMap((row) => {
    const share = shareOf(row);
    const lost = row.times > 1 && share < GOODPUT_KEPT;
    const where = `${row.protocol}, ${row.load}`;
    return [
      ...(lost ? [`${where}: only ${(share * 100).toFixed(0)} % of the capacity`] : []),
      ...[...new Set(row.others)].map((detail) => `${where}: ${detail}`),
    ];
  });
}

function shareOf({ goodPerSecond, capacityPerSecond }: OverloadRow): number {
  return goodPerSecond / capacityPerSecond;
}
