import type { Protocol } from "../load/load-protocol.ts";
import { markdownTable } from "../markdown-table.ts";
import type { Measured } from "./measure.ts";

export interface OverloadRow extends Measured {
  readonly protocol: Protocol;
  readonly load: string;
  /** Of the capacity; none: it is what the capacity was measured with. */
  readonly times?: number;
}

/** What an overloaded fleet still answers, of the best that it was seen to answer. */
const GOODPUT_KEPT = 0.9;

const HEAD = [
  "protocol",
  "load",
  "good/s",
  "of the best",
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
      `${(shareOfBest(row, rows) * 100).toFixed(0)} %`,
      row.overloadedPerSecond.toFixed(1),
      String(row.others.length),
      row.p99Ms.toFixed(0),
      Number.isNaN(row.overloadedP99Ms) ? "–" : row.overloadedP99Ms.toFixed(0),
    ]),
  );
}

export function problemsOf(rows: readonly OverloadRow[]): readonly string[] {
  return rows.flatMap((row) => {
    const share = shareOfBest(row, rows);
    const lost = (row.times ?? 0) > 1 && share < GOODPUT_KEPT;
    const where = `${row.protocol}, ${row.load}`;
    return [
      ...(lost ? [`${where}: only ${(share * 100).toFixed(0)} % of the best`] : []),
      ...[...new Set(row.others)].map((detail) => `${where}: ${detail}`),
    ];
  });
}

function shareOfBest({ protocol, goodPerSecond }: OverloadRow, rows: readonly OverloadRow[]) {
  const alike = rows.filter((row) => row.protocol === protocol);
  return goodPerSecond / Math.max(...alike.map((row) => row.goodPerSecond));
}
