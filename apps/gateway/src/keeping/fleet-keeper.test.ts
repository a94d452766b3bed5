import { describe, expect, test } from "bun:test";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { startStandInGateway } from "../../test/stand-in-gateway.ts";
import { startStandInSupervisor } from "../../test/stand-in-supervisor.ts";
import { lineOf } from "../nginx/line-of.ts";

const IDS = ["server-1", "server-2", "server-3"] as const;

async function startFleet() {
  const supervisor = startStandInSupervisor();
  supervisor.processes.add(...IDS);
  const gateway = await startStandInGateway(supervisor);
  const linesAre = (...wanted: readonly string[]) =>
    waitUntil(
      `NGINX has ${wanted}`,
      () => wanted.join() === linesOf(supervisor.loads.at(-1)).join(),
    );
  await linesAre("up", "up", "up");
  return {
    supervisor,
    gateway,
    processes: supervisor.processes,
    linesAre,
    async [Symbol.asyncDispose]() {
      gateway[Symbol.dispose]();
      await supervisor[Symbol.asyncDispose]();
    },
  };
}

function linesOf(configuration = ""): readonly string[] {
  return IDS.map((id) => lineOf(configuration, id));
}

describe("NGINX", () => {
  test("is told nothing before every replica was ready, and then of all at once", async () => {
    await using supervisor = startStandInSupervisor();
    supervisor.processes.slow.add("server-3");
    supervisor.processes.add(...IDS);
    using gateway = await startStandInGateway(supervisor);
    await waitUntil("two serve", () => statesOf(gateway).includes("serving,serving,starting"));
    expect(supervisor.loads).toEqual([]);

    supervisor.processes.slow.clear();
    supervisor.processes.crash("server-3");
    supervisor.processes.start("server-3");
    await waitUntil("NGINX is told", () => supervisor.loads.length > 0);

    expect(linesOf(supervisor.loads[0])).toEqual(["up", "up", "up"]);
  });

  test("is told the same by a gateway that comes after another, so it is not told at all", async () => {
    await using fleet = await startFleet();
    const { supervisor, processes, gateway } = fleet;
    processes.failing.add("server-2");
    await fleet.linesAre("up", "down", "up");
    gateway[Symbol.dispose]();

    using next = await startStandInGateway(supervisor);
    expect(statesOf(next)).toBe("serving,ejected,serving");
    await waitUntil("it is in step", () => next.fleet.inStep);
    await waitUntil("probes have failed", () =>
      next.fleet.replicas.some(({ failures }) => failures > 2),
    );
    expect(supervisor.loads).toHaveLength(2);
  });

  test("hears of many changes at once, and not of each", async () => {
    await using fleet = await startFleet();
    fleet.processes.drain("server-1", "stay");
    await waitUntil("one is seen", () => statesOf(fleet.gateway).startsWith("draining,serving"));
    fleet.processes.drain("server-2", "stay");
    await fleet.gateway.fleet.look();
    await fleet.linesAre("down", "down", "up");

    expect(fleet.supervisor.loads).toHaveLength(2);
  });

  test("is not told of a crash, which it sees by itself", async () => {
    await using fleet = await startFleet();
    fleet.processes.crash("server-2");
    await waitUntil("it is gone", () => statesOf(fleet.gateway) === "serving,gone,serving");
    fleet.processes.start("server-2");
    await waitUntil("it serves", () => statesOf(fleet.gateway) === "serving,serving,serving");

    expect(fleet.supervisor.loads).toHaveLength(1);
  });
});

describe("a draining replica", () => {
  test("is released when NGINX has let it go, and comes back with its next process", async () => {
    await using fleet = await startFleet();
    fleet.processes.terminate("server-2");
    await fleet.linesAre("up", "down", "up");
    await fleet.linesAre("up", "up", "up");

    expect(fleet.supervisor.orders).toEqual(["release server-2"]);
    expect(fleet.supervisor.releasedTooEarly).toEqual([]);
  });

  test("is released by the next gateway where the first one died in between", async () => {
    await using supervisor = startStandInSupervisor();
    supervisor.processes.add(...IDS);
    const first = await startStandInGateway(supervisor);
    await waitUntil("NGINX runs", () => first.fleet.inStep);
    first[Symbol.dispose]();
    supervisor.processes.drain("server-3", "stay");

    using second = await startStandInGateway(supervisor);
    await waitUntil("it is drained", () => statesOf(second) === "serving,serving,drained");

    expect(supervisor.orders).toEqual(["release server-3"]);
    expect(supervisor.releasedTooEarly).toEqual([]);
  });

  test("stays in NGINX when all were told to end, until another one serves", async () => {
    await using fleet = await startFleet();
    for (const id of IDS) fleet.processes.terminate(id);
    await waitUntil("all are new and serve", () =>
      fleet.gateway.fleet.replicas.every(
        ({ process, state }) => (process.pid ?? 0) > 1_003 && state === "serving",
      ),
    );
    await fleet.linesAre("up", "up", "up");

    expect(fleet.supervisor.loads.map(linesOf).every((lines) => lines.includes("up"))).toBeTrue();
    expect(fleet.supervisor.releasedTooEarly).toEqual([]);
  });
});

test("a configuration that NGINX refuses leaves the running one in place, and is told once", async () => {
  await using supervisor = startStandInSupervisor();
  supervisor.processes.add(...IDS);
  let tests = 0;
  const check = async (file: string) => {
    tests += 1;
    return (await Bun.file(file).text()).includes(" down;") ? ["[emerg] no"] : [];
  };
  using gateway = await startStandInGateway(supervisor, { check });
  await waitUntil("NGINX runs", () => gateway.fleet.inStep);
  const testsBefore = tests;

  supervisor.processes.drain("server-2", "stay");
  await waitUntil("it is refused", () => gateway.fleet.refusal.length > 0);
  supervisor.processes.end("server-2");
  await waitUntil("it is drained", () => statesOf(gateway) === "serving,drained,serving");
  supervisor.processes.start("server-2");
  await waitUntil("it serves", () => statesOf(gateway) === "serving,serving,serving");
  await waitUntil("nothing is refused any more", () => gateway.fleet.refusal.length === 0);

  expect(tests - testsBefore).toBe(1);
  expect(supervisor.loads).toHaveLength(1);
  expect(supervisor.orders).toEqual([]);
});

function statesOf({ fleet }: Awaited<ReturnType<typeof startStandInGateway>>): string {
  return fleet.replicas.map(({ state }) => state).join();
}
