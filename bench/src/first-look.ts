import { mixedTexts } from "@flotilla/testkit/mixed-texts";
import { lacksMinilm, MINILM } from "@flotilla/testkit/shared-models";
import { type Fleet, startFleet } from "@flotilla/testkit/start-fleet";
import { describeRun } from "./describe-run.ts";
import { print } from "./print.ts";

const CONNECTIONS = 32;
const LOAD_MS = 5_000;

/**
 * What a first look at a fleet should show, in figures. It measures with its own clients on the machine that serves,
 * so the figures are for this machine and this load alone, and nothing is compared.
 */
export async function firstLook(): Promise<number> {
  print(describeRun("bun run bench"));
  await sentiment();
  await minilm();
  return 0;
}

async function post(fleet: Fleet, text: string): Promise<number> {
  const response = await fetch(`${fleet.httpUrl}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text }),
  }).catch(() => undefined);
  await response?.arrayBuffer();
  return response?.status ?? 0;
}

/** Statuses by how often they came, and the requests a second. */
async function load(fleet: Fleet, meanwhile: () => Promise<void>) {
  const statuses = new Map<number, number>();
  const end = performance.now() + LOAD_MS;
  const clients = Array.from({ length: CONNECTIONS }, async () => {
    while (performance.now() < end) {
      const status = await post(fleet, "the rollout was painless");
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  });
  await Promise.all([...clients, meanwhile()]);
  const total = [...statuses.values()].reduce((sum, count) => sum + count, 0);
  return { total, failed: total - (statuses.get(200) ?? 0), perSecond: total / (LOAD_MS / 1000) };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

async function sentiment(): Promise<void> {
  const start = performance.now();
  await using fleet = await startFleet();
  print(
    `ready after ${((performance.now() - start) / 1000).toFixed(1)} s: NGINX and three replicas`,
  );
  const quiet = await load(fleet, async () => {});
  print(
    `sentiment, HTTP, ${CONNECTIONS} connections: ${quiet.perSecond.toFixed(0)} requests/s, ${quiet.failed} of ${quiet.total} failed`,
  );
  const killed = await load(fleet, async () => {
    await Bun.sleep(LOAD_MS / 4);
    const [, victim] = await fleet.replicas();
    if (victim?.pid) process.kill(victim.pid, "SIGKILL");
  });
  print(`the same while a replica is killed with -9: ${killed.failed} of ${killed.total} failed`);
}

async function minilm(): Promise<void> {
  if (lacksMinilm) {
    print(`MiniLM: left out, there is no ${MINILM}`);
    return;
  }
  await using fleet = await startFleet({ settings: { models: MINILM } });
  const health: number[] = [];
  let busy = true;
  const probing = (async () => {
    while (busy) {
      const start = performance.now();
      await (await fetch(`${fleet.httpUrl}/health`)).arrayBuffer();
      health.push(performance.now() - start);
    }
  })();
  const start = performance.now();
  const statuses = await Promise.all(mixedTexts(200).map((text) => post(fleet, text)));
  const seconds = (performance.now() - start) / 1000;
  busy = false;
  await probing;
  const good = statuses.filter((status) => status === 200).length;
  print(
    `MiniLM, 200 texts of 4 to 128 tokens at once: ${good} answered in ${seconds.toFixed(2)} s`,
  );
  print(
    `/health meanwhile: ${health.length} probes, p50 ${percentile(health, 0.5).toFixed(1)} ms, p99 ${percentile(health, 0.99).toFixed(1)} ms`,
  );
}
