import { leanLoad } from "../lean/lean-load.ts";
import { print } from "../print.ts";
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

const PRIME_MS = 3_000;

/** What a connection takes that is open and idle, at NGINX and, asked directly, at a replica. */
export async function measureIdle(connections: number): Promise<readonly IdleCost[]> {
  await using open = await openWorkloadFleet("mlp", { replicas: 1 });
  const [replica] = await open.fleet.replicas();
  if (replica === undefined) throw new Error("a fleet without replicas");
  const pids = await open.pids();
  const costs: IdleCost[] = [];
  for (const [at, protocol, target] of [
    ["nginx", "http", { http: open.http }],
    ["nginx", "grpc", { grpc: open.grpc }],
    ["replica", "http", { http: { ...open.http, address: replica.http } }],
    ["replica", "grpc", { grpc: { ...open.grpc, address: replica.grpc } }],
  ] as const) {
    const own = at === "nginx" ? pids.nginx : pids.replicas;
    const bytesEach = await idleCost({ target, connections, pids: own });
    print(`  idle at ${at} over ${protocol}: ${bytes(bytesEach)}`);
    costs.push({ at, protocol, connections, bytesEach });
  }
  return costs;
}

async function idleCost(options: {
  readonly target: Target;
  readonly connections: number;
  readonly pids: readonly number[];
}): Promise<number> {
  const { target, connections, pids } = options;
  // What the requests themselves leave behind is there before, and no connection is.
  await leanLoad(target, { connections: 1, ms: PRIME_MS, pace: { kind: "closed" } });
  const before = readMemory(pids).pss;
  using held = await holdIdle(target, connections);
  const after = readMemory(pids).pss;
  if (held.count < connections) throw new Error(`only ${held.count} connections stayed open`);
  return Math.max(0, after - before) / connections;
}
