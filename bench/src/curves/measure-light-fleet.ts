import type { Fleet } from "@flotilla/testkit/start-fleet";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { cpuSince, cpuTimes } from "../cpu/cpu-time.ts";
import { gatewayPids } from "./open-fleet.ts";
import { readMemory } from "./read-memory.ts";
import { startLightFleet } from "./start-light-fleet.ts";

export interface LightMeasured {
  readonly replicas: number;
  /** Of the start, until NGINX serves with all of them. */
  readonly servingMs: number;
  /** CPU of the gateway in a second in which nothing happens but its probes. */
  readonly gatewayMs: number;
  readonly gatewayBytes: number;
  readonly nginxBytes: number;
  /** From when a replica drains until NGINX has been told. */
  readonly drainSeenMs: number;
  /** How many answered a request through NGINX. */
  readonly reached: number;
}

/** What a start leaves to be done, and its garbage. */
const SETTLE_MS = 3_000;
const ROUNDS_OF_REQUESTS = 3;

export async function measureLightFleet(replicas: number, idleMs: number): Promise<LightMeasured> {
  await using light = await startLightFleet(replicas);
  const { fleet, servingMs } = light;
  const reached = await countReached(fleet, ROUNDS_OF_REQUESTS * replicas);
  await Bun.sleep(SETTLE_MS);
  const { pid: nginx } = (await fleet.status()).nginx;
  const gateway = gatewayPids(fleet);
  const before = cpuTimes({ gateway });
  await Bun.sleep(idleMs);
  const used = cpuSince(before, cpuTimes({ gateway }))["gateway"] ?? 0;
  return {
    replicas,
    servingMs,
    gatewayMs: (used / idleMs) * 1000,
    gatewayBytes: readMemory(gateway).pss,
    nginxBytes: readMemory(nginx === null ? [] : [nginx]).pss,
    drainSeenMs: await timeDrain(fleet, () => light.drain(replicas)),
    reached,
  };
}

async function countReached({ httpUrl }: Fleet, requests: number): Promise<number> {
  const ids = new Set<string>();
  for (let at = 0; at < requests; at++) {
    const answer = await fetch(`${httpUrl}/predict`, { method: "POST", body: "{}" });
    ids.add(((await answer.json()) as { readonly server_id: string }).server_id);
  }
  return ids.size;
}

async function timeDrain(fleet: Fleet, drain: () => void): Promise<number> {
  const told = () => fleet.output().split("NGINX has a new configuration").length;
  const before = told();
  const begin = performance.now();
  drain();
  await waitUntil("NGINX is told of a drain", () => told() > before);
  return performance.now() - begin;
}
