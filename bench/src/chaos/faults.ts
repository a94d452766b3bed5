import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fleet } from "@flotilla/testkit/start-fleet";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { operate, untilAllServe, untilReplaced, untilState } from "./fleet-states.ts";
import type { ChaosFleet } from "./start-chaos-fleet.ts";

/** Each makes one thing happen, and is done when the fleet is as it should be again. */

export async function signalReplicas(
  fleet: Fleet,
  signal: NodeJS.Signals,
  ids: readonly string[],
): Promise<void> {
  const victims = (await fleet.replicas()).filter(({ id }) => ids.includes(id));
  for (const { pid } of victims) process.kill(pid ?? 0, signal);
  await untilReplaced(fleet, victims);
}

export async function drainAndReturn(fleet: Fleet, id: string): Promise<void> {
  await operate(fleet, "POST", `/replicas/${id}/drain`);
  await untilState(fleet, id, "drained");
  await operate(fleet, "POST", `/replicas/${id}/return`);
  await untilAllServe(fleet);
}

export async function restart(fleet: Fleet): Promise<void> {
  const before = await fleet.replicas();
  await operate(fleet, "POST", "/restart");
  await untilReplaced(fleet, before);
}

export async function scale(fleet: Fleet, sizes: readonly number[]): Promise<void> {
  for (const replicas of sizes) {
    await operate(fleet, "PUT", "/scale", { replicas });
    await untilAllServe(fleet, replicas);
  }
}

/** Each must change something, or NGINX would not be reloaded. */
export async function reloadTimes(fleet: ChaosFleet, times: number): Promise<void> {
  const { reloads } = (await fleet.status()).nginx;
  for (let n = 0; n < times; n++) {
    writeFileSync(fleet.configFile, `max_fails: ${2 + (n % 2)}\n`);
    await operate(fleet, "POST", "/reload");
  }
  const made = (await fleet.status()).nginx.reloads - reloads;
  if (made < times) throw new Error(`NGINX was reloaded ${made} times, not ${times}`);
}

export async function killGateway(fleet: Fleet): Promise<void> {
  const before = await gatewayPid(fleet);
  process.kill(before, "SIGKILL");
  await waitUntil("another gateway", async () => {
    const now = await gatewayPid(fleet);
    return now !== 0 && now !== before;
  });
  await untilAllServe(fleet);
}

export async function killNginxWorker(fleet: Fleet): Promise<void> {
  const master = (await fleet.status()).nginx.pid ?? 0;
  const before = childrenOf(master);
  process.kill(before[0] ?? 0, "SIGKILL");
  await waitUntil("another worker", () => {
    const now = childrenOf(master);
    return now.length === before.length && now.some((pid) => !before.includes(pid));
  });
}

export async function killNginxMaster(fleet: Fleet): Promise<void> {
  const before = (await fleet.status()).nginx.pid ?? 0;
  process.kill(before, "SIGKILL");
  await waitUntil("another NGINX", async () => {
    const status = await fleet.status().catch(() => undefined);
    return typeof status?.nginx.pid === "number" && status.nginx.pid !== before;
  });
  await untilAllServe(fleet);
}

/** Asked of the supervisor, since the gateway tells nobody its own. */
async function gatewayPid({ state }: Fleet): Promise<number> {
  const unix = join(state, "supervisor.sock");
  const answer = await fetch("http://supervisor/processes", { unix });
  const processes = (await answer.json()) as readonly { name: string; pid: number | null }[];
  return processes.find(({ name }) => name === "gateway")?.pid ?? 0;
}

function childrenOf(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return children.trim().split(" ").map(Number);
}
