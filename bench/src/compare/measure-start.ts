import { readFileSync } from "node:fs";
import { SENTIMENT } from "@flotilla/testkit/shared-models";
import { startReplica } from "../stacks/start-replica.ts";
import type { Slice } from "./slice.ts";

/** What a start leaves behind has been collected by then. */
const IDLE_MS = 3_000;

/** How soon one replica is ready, and how much memory it holds when it has nothing to do. */
export async function measureStart(): Promise<Slice> {
  await using replica = await startReplica(SENTIMENT);
  await Bun.sleep(IDLE_MS);
  const status = readFileSync(`/proc/${replica.pid}/status`, "utf8");
  const rssMb = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
  return { figures: { readyMs: replica.readyMs, rssMb } };
}
