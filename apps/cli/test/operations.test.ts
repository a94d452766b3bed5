import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { listProcesses } from "@flotilla/common/list-processes";
import { readProcessRecord } from "@flotilla/common/process-record";
import { stateFolder } from "@flotilla/common/state-folder";
import { type Fleet, freeSettings, startFleet } from "@flotilla/testkit/start-fleet";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { makeFleetFolder } from "./make-fleet-folder.ts";
import { runFlotilla, startFlotilla } from "./run-flotilla.ts";
import { type Load, startLoad } from "./start-load.ts";

// A first start may fetch NGINX, and a slow machine is no failure.
setDefaultTimeout(240_000);

const place = makeFleetFolder();
let fleet: Fleet;
let load: Load;

beforeAll(async () => {
  // Ports for as many as it is scaled to.
  const settings = { ...freeSettings(5), replicas: 3, models: place.models };
  fleet = await startFleet({ settings, folder: place.folder });
});
afterAll(async () => {
  await fleet.stop();
  place[Symbol.dispose]();
});

// Whatever is done to the fleet, no client sees it.
beforeEach(async () => {
  load = startLoad(fleet);
  await load.next(20);
});
afterEach(async () => {
  expect(await load.stop()).toEqual([]);
});

async function states(): Promise<readonly string[]> {
  return (await fleet.replicas()).map(({ state }) => state);
}

async function pidOf(id: string): Promise<number> {
  return (await fleet.replicas()).find((replica) => replica.id === id)?.pid ?? 0;
}

async function isServing(id: string): Promise<boolean> {
  return (await fleet.replicas()).some((one) => one.id === id && one.state === "serving");
}

/** Which replica answers each of these sessions. */
async function serversOfSessions(sessions: readonly string[]): Promise<readonly string[]> {
  return await Promise.all(
    sessions.map(async (session) => {
      const answer = await fetch(`${fleet.httpUrl}/predict`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-session-id": session },
        body: JSON.stringify({ inputs: { x: [[1, 2]] } }),
        keepalive: false,
      });
      return ((await answer.json()) as { server_id: string }).server_id;
    }),
  );
}

function isAlive(pid: number): boolean {
  return listProcesses().some((process) => process.pid === pid);
}

test("a drained replica has no process and gets no request; returned, it serves at the same address", async () => {
  const before = (await fleet.replicas())[1];

  const drained = await fleet.operate("POST", "/replicas/server-2/drain");

  expect(drained.status).toBe(200);
  expect(drained.body.replicas.map(({ id, state, pid }) => [id, state, pid === null])).toEqual([
    ["server-1", "serving", false],
    ["server-2", "drained", true],
    ["server-3", "serving", false],
  ]);
  expect(isAlive(before?.pid ?? 0)).toBeFalse();
  load.servers();
  await load.next(50);
  expect(load.servers()).toEqual(new Set(["server-1", "server-3"]));

  const returned = await fleet.operate("POST", "/replicas/server-2/return");

  expect([returned.status, returned.body.replicas[1]?.state]).toEqual([200, "serving"]);
  expect(returned.body.replicas[1]?.http).toBe(before?.http ?? "");
  await waitUntil("it gets requests", () => load.servers().has("server-2"));
});

test("the only one that serves is not drained, and an unknown one is not found", async () => {
  await fleet.operate("POST", "/replicas/server-1/drain");
  await fleet.operate("POST", "/replicas/server-2/drain");

  const last = await fleet.operate("POST", "/replicas/server-3/drain");
  const unknown = await fleet.operate("POST", "/replicas/server-9/drain");

  expect([last.status, unknown.status]).toEqual([409, 404]);
  expect(last.body.detail).toContain("server-3");
  expect(await states()).toEqual(["drained", "drained", "serving"]);
  await Promise.all(
    ["server-1", "server-2"].map((id) => fleet.operate("POST", `/replicas/${id}/return`)),
  );
  expect(await states()).toEqual(["serving", "serving", "serving"]);
});

test("`flotilla drain`, `return` and `status` say what was done, and refusals on standard error", async () => {
  const settings = { ops_port: Number(new URL(fleet.opsUrl).port) };
  const flotilla = (...words: readonly string[]) => runFlotilla({ arguments: words, settings });

  const drained = await flotilla("drain", "server-1");
  const status = await flotilla("status");
  const unknown = await flotilla("drain", "server-9");
  const returned = await flotilla("return", "server-1", "--json");

  expect(drained.out).toMatch(/^server-1 is drained and its process has ended.*\n\nNGINX /);
  expect(status.out).toMatch(/^server-1 +drained +- +127/m);
  expect(unknown.problems).toContain("there is no such replica");
  expect(JSON.parse(returned.out).replicas[0].state).toBe("serving");
  expect([drained, status, unknown, returned].map(({ code }) => code)).toEqual([0, 0, 1, 0]);
});

test("a command that is interrupted leaves the operation to the fleet", async () => {
  const settings = { ops_port: Number(new URL(fleet.opsUrl).port) };
  const run = startFlotilla({ arguments: ["drain", "server-2"], settings });
  await waitUntil("it drains", async () => (await states())[1] === "draining");
  run.kill("SIGINT");

  expect(await run.exited).toBe(130);
  await waitUntil("it is drained", async () => (await states())[1] === "drained");
  expect((await fleet.operate("POST", "/replicas/server-2/return")).status).toBe(200);
});

test("a rolling restart replaces every process, and at most one is missing at a time", async () => {
  const before = await fleet.replicas();
  let fewest = before.length;
  const restarted = fleet.operate("POST", "/restart");
  let isOver = false;
  void restarted.finally(() => {
    isOver = true;
  });
  await waitUntil("the restart is over", async () => {
    const serving = (await states()).filter((state) => state === "serving").length;
    fewest = Math.min(fewest, serving);
    return isOver;
  });

  const { status, body } = await restarted;
  expect([status, fewest]).toEqual([200, 2]);
  expect(body.replicas.map(({ state }) => state)).toEqual(["serving", "serving", "serving"]);
  const pids = new Set(before.map(({ pid }) => pid));
  expect(body.replicas.filter(({ pid }) => pids.has(pid))).toEqual([]);
});

test("the fleet grows and shrinks; sessions move only to what is new, and from what is gone", async () => {
  const sessions = Array.from({ length: 60 }, (_, n) => `session-${n}`);
  const three = await serversOfSessions(sessions);

  const grown = await fleet.operate("PUT", "/scale", { replicas: 5 });
  const five = await serversOfSessions(sessions);
  load.servers();
  await load.next(100);
  const answering = load.servers();
  const shrunk = await fleet.operate("PUT", "/scale", { replicas: 2 });
  const two = await serversOfSessions(sessions);

  expect([grown.status, shrunk.status]).toEqual([200, 200]);
  expect(grown.body.replicas.map(({ state }) => state)).toEqual(Array(5).fill("serving"));
  expect(answering.size).toBe(5);
  expect(shrunk.body.replicas.map(({ id }) => id)).toEqual(["server-1", "server-2"]);
  const moved = five.filter((server, at) => server !== three[at]);
  expect(moved.filter((server) => !["server-4", "server-5"].includes(server))).toEqual([]);
  expect(moved.length).toBeGreaterThan(0);
  const stayed = five.map((server) => (["server-1", "server-2"].includes(server) ? server : "?"));
  expect(two.filter((server, at) => stayed[at] !== "?" && stayed[at] !== server)).toEqual([]);
  expect((await fleet.operate("PUT", "/scale", { replicas: 3 })).status).toBe(200);
});

test("replicas that are drained at once, and returned at once, are one reload", async () => {
  await fleet.operate("PUT", "/scale", { replicas: 5 });
  const { reloads } = (await fleet.status()).nginx;
  const all = (verb: string) =>
    Promise.all(
      ["server-2", "server-3", "server-4", "server-5"].map((id) =>
        fleet.operate("POST", `/replicas/${id}/${verb}`),
      ),
    );

  const drained = await all("drain");
  const between = (await fleet.status()).nginx.reloads;
  const returned = await all("return");
  const after = (await fleet.status()).nginx.reloads;

  expect([...drained, ...returned].map(({ status }) => status)).toEqual(Array(8).fill(200));
  expect(between - reloads).toBe(1);
  // They are ready when they are, not all in the same moment.
  expect(after - between).toBeWithin(1, 5);
  await fleet.operate("PUT", "/scale", { replicas: 3 });
});

test("a SIGTERM out of the blue costs no request, and the replica is back", async () => {
  const pid = await pidOf("server-2");
  process.kill(pid, "SIGTERM");

  await waitUntil("it has ended", () => !isAlive(pid));
  await waitUntil("it serves again", () => isServing("server-2"));

  load.servers();
  await waitUntil("it gets requests", () => load.servers().has("server-2"));
});

test("a drain is completed by the next gateway when one is killed in the middle of it", async () => {
  const pid = await pidOf("server-3");
  const { processes } = stateFolder(fleet.state);
  const gateway = readProcessRecord(processes).find(({ name }) => name === "gateway");
  const drained = fleet.operate("POST", "/replicas/server-3/drain").catch((error: Error) => error);
  await waitUntil("it drains", async () => (await states())[2] === "draining");
  process.kill(gateway?.pid ?? 0, "SIGKILL");

  expect(await drained).toBeInstanceOf(Error);
  await waitUntil("it is drained", async () => {
    const status = await fleet.status().catch(() => undefined);
    return status?.replicas[2]?.state === "drained";
  });
  expect(isAlive(pid)).toBeFalse();
  expect((await fleet.operate("POST", "/replicas/server-3/return")).status).toBe(200);
});

test("a replica that hangs is killed, and others answer the requests that were in it", async () => {
  const pid = await pidOf("server-1");
  process.kill(pid, "SIGSTOP");

  await waitUntil("it is killed", () => !isAlive(pid));
  await waitUntil("it serves again", () => isServing("server-1"));

  load.servers();
  await waitUntil("it gets requests", () => load.servers().has("server-1"));
});
