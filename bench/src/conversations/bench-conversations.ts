import { parseArgs } from "node:util";
import { describeRun } from "../describe-run.ts";
import { markdownTable } from "../markdown-table.ts";
import { print } from "../print.ts";
import { writeBlock } from "../write-block.ts";
import { type IdlePrice, measureIdle } from "./measure-idle.ts";
import { measurePrice, type Price } from "./measure-price.ts";

/** `bun run bench conversations`: what it costs that a turn is in the store before it is answered. */
export async function benchConversations(words: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      rounds: { type: "string", default: "5" },
      turns: { type: "string", default: "200" },
      idle: { type: "string", default: "100000" },
      write: { type: "boolean", default: false },
    },
  });
  const rounds = Number(values.rounds);
  const prices = await measurePrice({ rounds, turnsOfEach: Number(values.turns) });
  const idle = await measureIdle(Number(values.idle));
  const command = describeRun(["bun run bench conversations", ...words].join(" "));
  const text = [command, priceTable(prices), describeIdle(idle)].join("\n\n");
  print(`\n${text}\n`);
  if (values.write) await writeBlock("docs/conversations.md", "price", text);
  return 0;
}

const HEAD = ["protocol", "SQLite, turns/s", "p99, ms", "memory, turns/s", "p99, ms", "share"];

function priceTable(prices: readonly Price[]): string {
  const rows = prices.map(({ protocol, sqlite, memory, share }) => [
    protocol === "http" ? "HTTP" : "gRPC",
    sqlite.turnsPerS.toFixed(0),
    sqlite.p99Ms.toFixed(1),
    memory.turnsPerS.toFixed(0),
    memory.p99Ms.toFixed(1),
    `${(share * 100).toFixed(0)} %`,
  ]);
  return markdownTable(HEAD, rows);
}

function describeIdle({ conversations, fileBytes, memoryBytes }: IdlePrice): string {
  return `${conversations} further conversations of one turn each, begun over HTTP: ${fileBytes.toFixed(0)} bytes of the store's file and ${memoryBytes.toFixed(0)} bytes of the replicas' resident memory for each.`;
}
