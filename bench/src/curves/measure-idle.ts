import { leanLoad } from "../lean/lean-load.ts";
import { print } from "../print.ts";
import { startReplica } from "../stacks/start-replica.ts";
import { writeWorkloadModel } from "../stacks/workload-models.ts";
import { holdIdle } from "./hold-idle.ts";
import type { Target } from "./measure-point.ts";
import { openWorkloadFleet } from "./open-fleet.ts";
import { readMemory } from "./read-memory.ts";
import { bytes } from "./show-figures.ts";

export interface IdleCost {
  readonly at: "nginx" | "replica";
  readonly protocol: "http" | "grpc";
  readonly connections: number;
  readonly bytesEach: number;
}

const PROTOCOLS = ["http", "grpc"] as const;
const PRIME_MS = 500;
/** Garbage is collected by then, and no connection is closed for being idle. */
const SETTLE_MS = 2_000;

/** What a connection takes that is open and idle, at NGINX and, asked directly, at a replica. */
export async function measureIdle(connections: number): Promise<readonly IdleCost[]> {
  await using models = await writeWorkloadModel("mlp");
  await using open = await openWorkloadFleet("mlp", { replicas: 1 });
  const costs: IdleCost[] = [];
  const measure = async (
    cost: Pick<IdleCost, "at" | "protocol">,
    ...[target, pids]: readonly [Target, readonly number[]]
  ) => {
    const bytesEach = await idleCost({ target, connections, pids });
    print(`  idle at ${cost.at} over ${cost.protocol}: ${bytes(bytesEach)}`);
    costs.push({ ...cost, connections, bytesEach });
  };
  for (const protocol of PROTOCOLS) {
    const target = protocol === "http" ? { http: open.http } : { grpc: open.grpc };
    await measure({ at: "nginx", protocol }, target, (await open.pids()).nginx);
  }
  for (const protocol of PROTOCOLS) {
    await using replica = await startReplica(models.repository);
    const target =
      protocol === "http"
        ? { http: { ...open.http, address: replica.httpAddress } }
        : { grpc: { ...open.grpc, address: replica.grpcAddress } };
    await measure({ at: "replica", protocol }, target, [replica.pid]);
  }
  return costs;
}

/** Of so many, while as many are there already: the first of all have a process grow by more than themselves. */
async function idleCost(options: {
  readonly target: Target;
  readonly connections: number;
  readonly pids: readonly number[];
}): Promise<number> {
  const { target, connections, pids } = options;
  await leanLoad(target, { connections: 1, ms: PRIME_MS, pace: { kind: "closed" } });
  using first = await holdIdle(target, connections);
  await Bun.sleep(SETTLE_MS);
  const before = readMemory(pids).pss;
  using second = await holdIdle(target, connections);
  await Bun.sleep(SETTLE_MS);
  const after = readMemory(pids).pss;
  const stayed = first.count + second.count;
  if (stayed < 2 * connections) throw new Error(`only ${stayed} connections stayed open`);
  return Math.max(0, after - before) / connections;
}
