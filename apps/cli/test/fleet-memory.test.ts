import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { readProcessRecord } from "@flotilla/common/process-record";
import { stateFolder } from "@flotilla/common/state-folder";
import { freeSettings, startFleet } from "@flotilla/testkit/start-fleet";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { makeFleetFolder } from "./make-fleet-folder.ts";

// A first start may fetch NGINX, and a slow machine is no failure.
setDefaultTimeout(240_000);

const MEMORY = [
  ["server-1", "serving"],
  ["server-2", "drained"],
  ["server-3", "serving"],
];

test("its size and its drained replicas outlive the gateway and the fleet, until it is configured anew", async () => {
  using place = makeFleetFolder();
  const state = join(place.folder, "state");
  const settings = { ...freeSettings(3), replicas: 2, models: place.models, state };
  const start = (replicas: number) =>
    startFleet({ settings: { ...settings, replicas }, folder: place.folder });

  const first = await start(2);
  await first.operate("PUT", "/scale", { replicas: 3 });
  await first.operate("POST", "/replicas/server-2/drain");
  const { processes } = stateFolder(state);
  const gateway = readProcessRecord(processes).find(({ name }) => name === "gateway");
  process.kill(gateway?.pid ?? 0, "SIGKILL");
  await waitUntil("the next gateway", () => {
    const next = readProcessRecord(processes).find(({ name }) => name === "gateway");
    return next !== undefined && next.pid !== gateway?.pid;
  });
  const seen = await waitUntil("it knows the fleet", async () => {
    const status = await first.status().catch(() => undefined);
    const known = status?.replicas.map(({ id, state: now }) => [id, now]);
    return known?.flat().includes("starting") ? undefined : known;
  });
  expect(seen).toEqual(MEMORY);
  expect(await first.stop()).toBe(0);

  const second = await start(2);
  expect((await second.replicas()).map(({ id, state: now }) => [id, now])).toEqual(MEMORY);
  expect(second.output()).toMatch(/server-2.*drained/);
  expect((await second.operate("POST", "/replicas/server-2/return")).status).toBe(200);
  expect(await second.stop()).toBe(0);

  await using third = await start(1);
  expect((await third.replicas()).map(({ id, state: now }) => [id, now])).toEqual([
    ["server-1", "serving"],
  ]);
});
