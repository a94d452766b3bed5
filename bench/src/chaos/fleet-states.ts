import { writeFileSync } from "node:fs";
import type { Fleet } from "@flotilla/testkit/start-fleet";
import { waitUntil } from "@flotilla/testkit/wait-until";
import type { ChaosFleet } from "./start-chaos-fleet.ts";

const REPLICAS = 3;

export type Replicas = Awaited<ReturnType<Fleet["replicas"]>>;

/** As every scenario finds the fleet. */
export async function restore(fleet: ChaosFleet): Promise<void> {
  writeFileSync(fleet.configFile, "");
  await operate(fleet, "POST", "/reload");
  const { length } = await fleet.replicas();
  if (length !== REPLICAS) await operate(fleet, "PUT", "/scale", { replicas: REPLICAS });
  await untilAllServe(fleet);
}

export async function operate(
  fleet: Fleet,
  ...operation: Parameters<Fleet["operate"]>
): Promise<void> {
  const { status, body } = await fleet.operate(...operation);
  if (status === 200) return;
  throw new Error(`${operation.slice(0, 2).join(" ")}: ${status} ${JSON.stringify(body)}`);
}

export async function untilAllServe(fleet: Fleet, count = REPLICAS): Promise<void> {
  await untilReplicas(
    fleet,
    `${count} replicas serve`,
    (replicas) => replicas.length === count && replicas.every(({ state }) => state === "serving"),
  );
}

/** Until all serve, and each of these in another process. */
export async function untilReplaced(fleet: Fleet, before: Replicas): Promise<void> {
  const pids = new Set(before.map(({ pid }) => pid));
  await untilReplicas(fleet, `${before.map(({ id }) => id)} serve in new processes`, (replicas) =>
    replicas.every(({ state, pid }) => state === "serving" && !pids.has(pid)),
  );
}

export async function untilState(fleet: Fleet, wanted: string, state: string): Promise<void> {
  await untilReplicas(fleet, `${wanted} is ${state}`, (replicas) =>
    replicas.some((replica) => replica.id === wanted && replica.state === state),
  );
}

async function untilReplicas(fleet: Fleet, what: string, are: (replicas: Replicas) => boolean) {
  await waitUntil(what, async () => {
    const replicas = await fleet.replicas().catch(() => undefined); // the gateway may be away
    return replicas !== undefined && are(replicas);
  });
}
