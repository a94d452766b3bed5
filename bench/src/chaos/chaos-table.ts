import { markdownTable } from "../markdown-table.ts";
import type { Row } from "./run-scenario.ts";

const HEAD = [
  "what happens",
  "protocol",
  "NGINX",
  "requests",
  "failed",
  "retried",
  "exempt",
  "longest gap, ms",
  "p99 before / during / after, ms",
];

export function chaosTable(rows: readonly Row[]): string {
  return markdownTable(HEAD, rows.map(cellsOf));
}

function cellsOf(row: Row): readonly string[] {
  const { before, during, after } = row.p99Ms;
  return [
    row.scenario.promisesZero ? row.scenario.name : `${row.scenario.name} *`,
    row.protocol === "http" ? "HTTP" : "gRPC",
    row.nginxVersion,
    String(row.requests),
    String(row.failed),
    String(row.retried),
    String(row.exempt),
    row.longestGapMs.toFixed(0),
    [before, during, after].map((ms) => ms.toFixed(0)).join(" / "),
  ];
}

/** What failed or was exempt: alike in one line, with when they came. */
export function describeFailures(row: Row): readonly string[] {
  const alike = Object.entries(
    Object.groupBy(row.samples, ({ phase, kind, detail }) => `${phase}: ${kind}: ${detail}`),
  );
  return alike.map(([what, samples = []]) => {
    const seconds = samples.map(({ atMs }) => atMs / 1000);
    const longestMs = Math.max(...samples.map(({ tookMs }) => tookMs));
    const when = `${Math.min(...seconds).toFixed(2)} to ${Math.max(...seconds).toFixed(2)} s`;
    return `  ${row.protocol}, ${when}, ${samples.length} ×, up to ${longestMs.toFixed(0)} ms, ${what}`;
  });
}
