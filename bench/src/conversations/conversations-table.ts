import { markdownTable } from "../markdown-table.ts";
import { FAULTS } from "./conversation-checker.ts";
import type { Proof } from "./prove-conversations.ts";

const HEAD = [
  "protocol",
  "NGINX",
  "conversations",
  "turns",
  "fewest of one",
  ...FAULTS,
  "errors",
  "exempt",
  "retried",
  "p99 / longest, ms",
];

export interface ProofOn extends Proof {
  readonly nginxVersion: string;
}

export function conversationsTable(proofs: readonly ProofOn[]): string {
  const rows = proofs.flatMap(({ nginxVersion, rows: ofBoth }) =>
    ofBoth.map((row) => [
      row.protocol === "http" ? "HTTP" : "gRPC",
      nginxVersion,
      String(row.conversations),
      String(row.turns),
      String(row.fewestTurns),
      ...FAULTS.map((fault) => String(row.faults[fault])),
      String(row.errors),
      String(row.exempt),
      String(row.retried),
      `${row.p99Ms.toFixed(0)} / ${row.longestMs.toFixed(0)}`,
    ]),
  );
  return `${markdownTable(HEAD, rows)}\n\n${markdownTable(RECALLS_HEAD, proofs.map(recallCells))}`;
}

const REASONS = ["moved", "restarted", "outdated", "evicted", "idle"];
const RECALLS_HEAD = [
  "NGINX",
  "found in memory",
  "share",
  ...REASONS.map((reason) => `restored: ${reason}`),
  "answered again from the store",
  "conflicts",
];

function recallCells({ nginxVersion, recalls }: ProofOn): readonly string[] {
  const { found, repeated, conflicts } = recalls;
  const { hit = 0 } = found;
  const all = Object.values(found).reduce((a, b) => a + b, 0);
  return [
    nginxVersion,
    String(hit),
    `${((hit / all) * 100).toFixed(1)} %`,
    ...REASONS.map((reason) => String(found[reason] ?? 0)),
    String(repeated),
    String(conflicts),
  ];
}
