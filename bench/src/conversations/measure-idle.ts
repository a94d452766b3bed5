import { Database } from "bun:sqlite";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Fleet, startFleet } from "@flotilla/testkit/start-fleet";
import { accumulatorFiles } from "@flotilla/testkit/stateful-models";
import { writeModels } from "@flotilla/testkit/write-models";
import { httpTurns } from "./http-turns.ts";
import { SUM } from "./turn-client.ts";

/** Of one conversation that has had one turn and stays in its replica's memory. */
export interface IdlePrice {
  readonly conversations: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
}

const CONNECTIONS = 32;
/** Before anything is counted, so that what a replica and a file need once is not in the figures. */
const FIRST = 10_000;

/** Begins conversations over the wire, a turn each, and sees how much larger the file and the replicas have become. */
export async function measureIdle(conversations: number): Promise<IdlePrice> {
  await using models = await writeModels({ files: accumulatorFiles(SUM) });
  const settings = { models: models.folder, sessions_in_memory_limit: FIRST + conversations };
  await using fleet = await startFleet({ settings, folder: models.folder });
  await beginConversations(fleet, { from: 0, to: FIRST });
  const before = await sizes(fleet);
  await beginConversations(fleet, { from: FIRST, to: FIRST + conversations });
  const after = await sizes(fleet);
  return {
    conversations,
    fileBytes: (after.file - before.file) / conversations,
    memoryBytes: (after.memory - before.memory) / conversations,
  };
}

async function beginConversations(
  { httpUrl }: Fleet,
  range: { readonly from: number; readonly to: number },
): Promise<void> {
  let next = range.from;
  const begin = async () => {
    const client = httpTurns(new URL(httpUrl).host);
    while (next < range.to) {
      next += 1;
      const outcome = await client.take({ session: `idle-${next}`, x: next, headers: {} });
      if (outcome.kind !== "answered") throw new Error(outcome.detail);
    }
    client.close();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, begin));
}

/** Bytes of the store's file, with all that is still in its log, and of the replicas' memory. */
async function sizes(fleet: Fleet): Promise<{ readonly file: number; readonly memory: number }> {
  const path = join(fleet.state, "sessions.db");
  using db = new Database(path);
  db.run("PRAGMA wal_checkpoint(FULL)");
  const pids = (await fleet.replicas()).map(({ pid }) => pid ?? 0);
  const memory = pids.map(residentBytes).reduce((a, b) => a + b, 0);
  return { file: statSync(path).size, memory };
}

function residentBytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) * 1024;
}
