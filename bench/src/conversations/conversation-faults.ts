import type { Fleet } from "@flotilla/testkit/start-fleet";
import { waitUntil } from "@flotilla/testkit/wait-until";

export const REPLICAS = 3;
/** Between two kills, at least. */
const APART_MS = 1_000;

/** Where a fault is wanted: told before each one, so that whoever watches can look and turns go on in between. */
type Before = (fault: string) => Promise<void>;

/** Kills replicas one after the other; in the middle one is drained and returned, and the fleet grows and shrinks. */
export async function makeFaults(
  fleet: Fleet,
  options: { readonly kills: number; readonly before: Before },
): Promise<void> {
  const { kills, before } = options;
  await allServe(fleet, REPLICAS);
  for (let kill = 0; kill < kills; kill++) {
    if (kill === Math.floor(kills / 3)) await drainAndReturn(fleet, "server-2", before);
    if (kill === Math.floor((kills * 2) / 3)) await growAndShrink(fleet, before);
    const id = `server-${1 + (kill % REPLICAS)}`;
    await before(`kill -9 ${id} (${kill + 1} of ${kills})`);
    await killReplica(fleet, id);
    await Bun.sleep(APART_MS);
  }
}

async function killReplica(fleet: Fleet, id: string): Promise<void> {
  const pid = (await fleet.replicas()).find((replica) => replica.id === id)?.pid;
  if (!pid) throw new Error(`${id} has no process`);
  process.kill(pid, "SIGKILL");
  await waitUntil(`${id} is another process, and all serve`, async () => {
    const replicas = await fleet.replicas();
    const all = replicas.every(({ state }) => state === "serving");
    return all && replicas.every((replica) => replica.pid !== pid);
  });
}

async function drainAndReturn(fleet: Fleet, id: string, before: Before): Promise<void> {
  for (const verb of ["drain", "return"]) {
    await before(`${verb} ${id}`);
    await operate(fleet, "POST", `/replicas/${id}/${verb}`);
  }
  await allServe(fleet, REPLICAS);
}

async function growAndShrink(fleet: Fleet, before: Before): Promise<void> {
  for (const replicas of [REPLICAS + 1, REPLICAS]) {
    await before(`scale to ${replicas}`);
    await operate(fleet, "PUT", "/scale", { replicas });
    await allServe(fleet, replicas);
  }
}

async function allServe(fleet: Fleet, count: number): Promise<void> {
  await waitUntil(`${count} replicas serve`, async () => {
    const replicas = await fleet.replicas();
    return replicas.length === count && replicas.every(({ state }) => state === "serving");
  });
}

async function operate(fleet: Fleet, ...operation: Parameters<Fleet["operate"]>): Promise<void> {
  const { status, body } = await fleet.operate(...operation);
  if (status === 200) return;
  throw new Error(`${operation.slice(0, 2).join(" ")}: ${status} ${JSON.stringify(body)}`);
}
