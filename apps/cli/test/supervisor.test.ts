import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readProcessRecord } from "@flotilla/common/process-record";
import type { Settings } from "@flotilla/common/settings";
import { stateFolder } from "@flotilla/common/state-folder";
import { waitUntil } from "@flotilla/testkit/wait-until";
import type { ListedProcess } from "./control-client.ts";
import { type SupervisedStandIns, superviseStandIns } from "./supervise-stand-ins.ts";

setDefaultTimeout(120_000);

const DONE = { status: 204, body: undefined };

async function release(fleet: SupervisedStandIns, name: string, pid?: number | null) {
  const released = pid ?? (await fleet.process(name)).pid;
  return await fleet.ask("POST", `/replicas/${name}/release`, { pid: released });
}

function start(fleet: SupervisedStandIns, name: string) {
  return fleet.ask("POST", `/replicas/${name}/start`);
}

function resize(fleet: SupervisedStandIns, replicas: unknown) {
  return fleet.ask("PUT", "/replicas", { replicas });
}

function give(fleet: SupervisedStandIns, changed: Partial<Settings>) {
  return fleet.ask("PUT", "/settings", { settings: { ...fleet.settings, ...changed } });
}

/** Drains it, NGINX being out of the way, and waits for its next process. */
async function restart(fleet: SupervisedStandIns, name: string): Promise<ListedProcess> {
  const { restarts } = await fleet.process(name);
  await fleet.drain(name, "restart");
  await release(fleet, name);
  return await fleet.until(name, { state: "running", restarts: restarts + 1 });
}

function fleetRecord(fleet: SupervisedStandIns) {
  return JSON.parse(readFileSync(fleet.state.fleet, "utf8"));
}

async function readiness({ http }: ListedProcess): Promise<number> {
  return (await fetch(`http://${http}/health/ready`)).status;
}

async function variable({ http }: ListedProcess, name: string): Promise<string | undefined> {
  const answer = await fetch(`http://${http}/environment`);
  return ((await answer.json()) as Record<string, string>)[name];
}

describe("a replica of a supervised fleet", () => {
  let fleet: SupervisedStandIns;
  beforeAll(async () => {
    fleet = await superviseStandIns();
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  test("is listed with its process, its state and what is to become of it", async () => {
    const processes = await fleet.processes();

    expect(processes.map(({ name, kind, intent }) => [name, kind, intent])).toEqual([
      ["server-1", "replica", "run"],
      ["server-2", "replica", "run"],
      ["server-3", "replica", "run"],
      ["gateway", "gateway", "run"],
      ["nginx", "nginx", "run"],
    ]);
    expect(processes[0]).toMatchObject({
      state: "running",
      restarts: 0,
      was_ready: true,
      problem: null,
      hangs: 0,
      http: `127.0.0.1:${fleet.settings.replica_port_base + 1}`,
    });
  });

  test("that is drained serves on until it is released, stays ended, and comes back", async () => {
    const before = await fleet.process("server-2");
    expect(await fleet.drain("server-2", "stay")).toEqual(DONE);
    expect(await fleet.drain("server-2", "stay")).toEqual(DONE);
    await waitUntil("it is told", async () => (await readiness(before)) === 503);
    const told = await fleet.process("server-2");
    expect(told).toMatchObject({ pid: before.pid, state: "stopping", intent: "stay" });

    expect(await release(fleet, "server-2")).toEqual(DONE);
    const drained = await fleet.until("server-2", { state: "ended" });
    expect(drained).toMatchObject({ pid: null, intent: "stay", problem: null, was_ready: true });
    expect(drained.http).toBe(before.http);
    expect(fleetRecord(fleet)).toEqual({ configured: 3, replicas: 3, drained: ["server-2"] });
    const recorded = readProcessRecord(fleet.state.processes).map(({ name }) => name);
    expect(recorded).toEqual(["server-1", "server-3", "gateway", "nginx"]);

    expect(await start(fleet, "server-2")).toEqual(DONE);
    const back = await fleet.until("server-2", { state: "running" });
    expect(back).toMatchObject({ intent: "run", restarts: 1 });
    expect(back.pid).not.toBe(before.pid);
    expect(fleetRecord(fleet).drained).toEqual([]);
    expect(fleet.words.at(-1)).toBe("server-2 is ready (3 of 3)");
  });

  test("that is to restart is started anew when it has ended", async () => {
    const { pid } = await fleet.process("server-1");
    await fleet.drain("server-1", "restart");
    expect(await fleet.process("server-1")).toMatchObject({ pid, intent: "restart" });

    const anew = await restart(fleet, "server-1");

    expect(anew.intent).toBe("run");
    expect(anew.pid).not.toBe(pid);
  });

  test("that drains can still be told something else", async () => {
    const { restarts } = await fleet.process("server-1");
    await fleet.drain("server-1", "leave");
    await start(fleet, "server-1");
    expect(await fleet.process("server-1")).toMatchObject({ state: "stopping", intent: "run" });
    await release(fleet, "server-1");

    await fleet.until("server-1", { state: "running", restarts: restarts + 1 });
  });

  test("that was told to end by somebody else is released like any, and started again", async () => {
    const { pid, restarts } = await fleet.process("server-3");
    process.kill(pid ?? 0, "SIGTERM");
    await release(fleet, "server-3");

    const again = await fleet.until("server-3", { state: "running", restarts: restarts + 1 });

    expect(again.intent).toBe("run");
  });

  test("whose earlier process is released late goes on with the next one", async () => {
    const { pid } = await fleet.process("server-2");
    const next = await restart(fleet, "server-2");

    expect(await release(fleet, "server-2", pid)).toEqual(DONE);
    await fleet.drain("server-1", "restart");
    await release(fleet, "server-1");
    await fleet.until("server-1", { state: "running", intent: "run" });

    expect(await readiness(next)).toBe(200);
    expect(await fleet.process("server-2")).toEqual(next);
  });

  test("gets the settings of the moment at its next start, and not before", async () => {
    const [first, second] = await fleet.processes();
    if (first === undefined || second === undefined) throw new Error("no replicas");
    expect(await give(fleet, { queue_limit: 7 })).toEqual(DONE);
    expect(await variable(first, "FLOTILLA_QUEUE_LIMIT")).toBe("1024");

    await restart(fleet, first.name);

    expect(await variable(first, "FLOTILLA_QUEUE_LIMIT")).toBe("7");
    expect(await variable(second, "FLOTILLA_QUEUE_LIMIT")).toBe("1024");
    await give(fleet, {});
  });

  test("that refuses its settings says why, and ends no fleet that serves", async () => {
    let ended = false;
    void fleet.fleet.refused.then(() => {
      ended = true;
    });
    const models = join(fleet.state.folder, "nowhere");
    await give(fleet, { models });
    await fleet.drain("server-2", "restart");
    await release(fleet, "server-2");
    const problem = `ended with exit code 2: ${models}: no such folder`;
    expect(await fleet.until("server-2", { problem })).toMatchObject({ was_ready: true });

    await give(fleet, {});
    await start(fleet, "server-2");

    expect(await fleet.until("server-2", { state: "running" })).toMatchObject({ problem: null });
    expect(ended).toBeFalse();
  });

  test("that waits for its restart settles at once when it is drained", async () => {
    await give(fleet, { models: join(fleet.state.folder, "nowhere") });
    process.kill((await fleet.process("server-3")).pid ?? 0, "SIGKILL");
    await waitUntil("its waits are long", () =>
      fleet.words.at(-1)?.endsWith("it starts again in 3.2 s"),
    );
    const { restarts } = await fleet.process("server-3");
    await give(fleet, {});

    await fleet.drain("server-3", "stay");
    expect(await fleet.process("server-3")).toMatchObject({ state: "ended", intent: "stay" });
    await fleet.drain("server-3", "restart");

    const { intent } = await fleet.until("server-3", { state: "running", restarts: restarts + 1 });
    expect(intent).toBe("run");
  });

  test("that nobody knows is not found, and an unknown wish is refused", async () => {
    expect((await fleet.drain("server-9", "stay")).status).toBe(404);
    expect((await release(fleet, "server-9", 1)).status).toBe(404);
    expect((await start(fleet, "gateway")).status).toBe(404);
    expect(await fleet.drain("server-1", "sleep")).toEqual({
      status: 422,
      body: { problems: ["then: expected one of restart, stay, leave"] },
    });
    expect((await fleet.ask("POST", "/replicas/server-1/drain")).status).toBe(422);
    expect((await fleet.ask("POST", "/replicas/server-1/release")).status).toBe(422);
  });
});

describe("the size of a supervised fleet", () => {
  let fleet: SupervisedStandIns;
  beforeAll(async () => {
    fleet = await superviseStandIns({ settings: { replicas: 1 } });
  });
  afterAll(() => fleet[Symbol.asyncDispose]());

  const names = async () => (await fleet.processes()).map(({ name }) => name);

  test("grows by what is missing, and none of it where a port is taken", async () => {
    const port = fleet.settings.replica_port_base + 103;
    using _ = Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } });

    const taken = `port ${port} on 127.0.0.1, for server-3's gRPC: it is taken by pid ${process.pid}`;
    expect(await resize(fleet, 3)).toEqual({
      status: 409,
      body: { problems: [expect.stringContaining(taken)] },
    });
    expect(await names()).toEqual(["server-1", "gateway", "nginx"]);

    expect(await resize(fleet, 2)).toEqual(DONE);
    const added = await fleet.until("server-2", { state: "running", was_ready: true });
    expect(await variable(added, "FLOTILLA_REPLICAS")).toBe("2");
    expect(fleetRecord(fleet)).toEqual({ configured: 1, replicas: 2, drained: [] });
  });

  test("shrinks by who leaves, and only then", async () => {
    await resize(fleet, 3);
    await fleet.until("server-3", { state: "running" });
    expect(await resize(fleet, 2)).toEqual(DONE);
    expect(await fleet.process("server-3")).toMatchObject({ state: "running", intent: "run" });
    expect(fleetRecord(fleet).replicas).toBe(2);

    await fleet.drain("server-3", "leave");
    await release(fleet, "server-3");

    await waitUntil("it has left", async () => !(await names()).includes("server-3"));
    expect(await names()).toEqual(["server-1", "server-2", "gateway", "nginx"]);
    expect((await start(fleet, "server-3")).status).toBe(404);
  });

  test("keeps who was to leave, when it is to grow again", async () => {
    const { restarts } = await fleet.process("server-2");
    await fleet.drain("server-2", "leave");
    expect(fleetRecord(fleet).replicas).toBe(1);
    expect(await resize(fleet, 2)).toEqual(DONE);
    await release(fleet, "server-2");

    await fleet.until("server-2", { state: "running", restarts: restarts + 1 });
    expect(fleetRecord(fleet).replicas).toBe(2);
  });

  test("is one that the settings allow", async () => {
    for (const size of [0, 100, 1.5, "3", undefined]) {
      expect((await resize(fleet, size)).status).toBe(422);
    }
  });
});

describe("settings over the socket", () => {
  test("are what is configured now, and wrong ones are refused", async () => {
    await using fleet = await superviseStandIns({ settings: { replicas: 1 } });
    const read = await fleet.ask("POST", "/settings");
    const given = await give(fleet, { http_port: 0 });

    expect(read).toEqual({ status: 200, body: { settings: fleet.settings } });
    expect(given).toEqual({
      status: 422,
      body: { problems: [expect.stringContaining("FLOTILLA_HTTP_PORT")] },
    });
    expect((await fleet.ask("PUT", "/settings")).status).toBe(422);
  });

  test("are told for each replica as it was started", async () => {
    await using fleet = await superviseStandIns({ settings: { replicas: 1 } });
    const startedWith = async (name: string) =>
      await fleet.ask("GET", `/replicas/${name}/settings`);
    await give(fleet, { queue_limit: 7 });
    const before = await startedWith("server-1");
    await restart(fleet, "server-1");

    expect(before).toMatchObject({ body: { settings: { queue_limit: 1024 } } });
    expect(await startedWith("server-1")).toMatchObject({ body: { settings: { queue_limit: 7 } } });
    expect((await startedWith("server-9")).status).toBe(404);
  });
});

describe("a later start", () => {
  test("has the size and the drained replicas of the last one", async () => {
    const state = stateFolder(mkdtempSync(join(tmpdir(), "flotilla-test-")));
    const first = await superviseStandIns({ state });
    const { settings } = first;
    await resize(first, 4);
    await first.until("server-4", { state: "running" });
    await first.drain("server-3", "stay");
    first.fleet.kill();
    await first.fleet.ended;

    await using next = await superviseStandIns({ state, settings });
    const replicas = (await next.processes()).filter(({ kind }) => kind === "replica");

    expect(replicas.map(({ name, state: now, intent }) => [name, now, intent])).toEqual([
      ["server-1", "running", "run"],
      ["server-2", "running", "run"],
      ["server-3", "ended", "stay"],
      ["server-4", "running", "run"],
    ]);
    await start(next, "server-3");
    await next.until("server-3", { state: "running", restarts: 0 });
  });
});

describe("an end in bounded time", () => {
  test("comes to a released replica that does not hear", async () => {
    await using fleet = await superviseStandIns({
      settings: { replicas: 1, drain_delay_ms: 0, deadline_ms: 1, default_model: "deaf" },
    });
    const { pid } = await fleet.process("server-1");
    await fleet.drain("server-1", "restart");
    await release(fleet, "server-1");
    await release(fleet, "server-1");

    const next = await fleet.until("server-1", { state: "running", restarts: 1 });

    expect(next.pid).not.toBe(pid);
    const kills = fleet.words.filter((word) => word.includes("is killed"));
    expect(kills).toEqual(["server-1 is killed: it has not ended 5.001 s after it was told to"]);
  });

  test("comes to the fleet while replicas drain, and nothing is changed any more", async () => {
    await using fleet = await superviseStandIns({
      settings: { replicas: 2, drain_delay_ms: 500, default_model: "deaf" },
    });
    const pids = (await fleet.processes()).map(({ pid }) => pid ?? 0);
    await fleet.drain("server-1", "restart");
    await fleet.drain("server-2", "leave");
    await release(fleet, "server-2");

    const drained = fleet.fleet.drain();
    const orders = [start(fleet, "server-1"), resize(fleet, 3), give(fleet, {})];
    expect((await Promise.all(orders)).map(({ status }) => status)).toEqual([503, 503, 503]);
    expect((await fleet.process("server-1")).state).toBe("stopping");
    await drained;

    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});

describe("replicas that hang", () => {
  test("are killed one at a time, counted, and the next when the first is back", async () => {
    await using fleet = await superviseStandIns();
    for (const name of ["server-1", "server-2"]) {
      process.kill((await fleet.process(name)).pid ?? 0, "SIGSTOP");
    }

    for (const name of ["server-1", "server-2"]) {
      await fleet.until(name, { state: "running", hangs: 1, restarts: 1, problem: null });
    }

    expect(await fleet.process("server-3")).toMatchObject({ hangs: 0, restarts: 0 });
    const told = fleet.words.map((word) => word.replace(/server-\d/, "one").replace(/\d{3,}/, "…"));
    const restarted = [
      "one has given no heartbeat for 5 s: it is killed (pid …; its requests go to other replicas)",
      "one was ended by SIGKILL; it starts again in 0.2 s",
      "one starts again (pid …)",
      "one is ready (3 of 3)",
    ];
    expect(told.slice(-8)).toEqual([...restarted, ...restarted]);
  });
});
