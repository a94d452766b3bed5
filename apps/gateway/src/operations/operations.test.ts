import { describe, expect, test } from "bun:test";
import type { Outcome } from "@flotilla/common/failure";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { START_PROBLEM } from "../../test/stand-in-processes.ts";
import { startStandInFleet } from "../../test/start-stand-in-fleet.ts";

/** "ok", or the failure's kind and words. */
function told(outcome: Outcome<void>): string {
  return outcome.ok ? "ok" : `${outcome.failure.kind}: ${outcome.failure.detail}`;
}

describe("drain and return", () => {
  test("take a replica out and bring it back, each with one reload", async () => {
    await using fleet = await startStandInFleet();
    const { supervisor, gateway } = fleet;

    expect(told(await gateway.operations.drain("server-2"))).toBe("ok");
    expect(fleet.states()).toBe("server-1:serving server-2:drained server-3:serving");
    expect(gateway.fleet.lineOf("server-2")).toBe("down");
    expect(told(await gateway.operations.drain("server-2"))).toBe("ok");

    expect(told(await gateway.operations.return("server-2"))).toBe("ok");
    expect(fleet.states()).toBe("server-1:serving server-2:serving server-3:serving");
    expect(gateway.fleet.lineOf("server-2")).toBe("up");
    expect(told(await gateway.operations.return("server-2"))).toBe("ok");

    expect(supervisor.orders).toEqual([
      "drain server-2 stay",
      "release server-2",
      "start server-2",
    ]);
    expect(supervisor.releasedTooEarly).toEqual([]);
    expect(supervisor.loads).toHaveLength(3);
  });

  test("all at once leave one that serves", async () => {
    await using fleet = await startStandInFleet();
    const { operations } = fleet.gateway;

    const drains = await Promise.all(
      ["server-1", "server-2", "server-3"].map((id) => operations.drain(id)),
    );

    expect(drains.map(told)).toEqual([
      "ok",
      "ok",
      "conflict: server-3 cannot be drained: nobody else serves",
    ]);
    expect(fleet.states()).toBe("server-1:drained server-2:drained server-3:serving");
  });

  test("of the only one that would serve is refused, though it does not", async () => {
    await using fleet = await startStandInFleet();
    const { processes } = fleet.supervisor;
    const { operations } = fleet.gateway;
    await Promise.all([operations.drain("server-1"), operations.drain("server-2")]);
    processes.crash("server-3");

    expect(told(await operations.drain("server-3"))).toBe(
      "conflict: server-3 cannot be drained: no other replica would serve",
    );
  });

  test("of one that cannot start say why", async () => {
    await using fleet = await startStandInFleet();
    const { operations } = fleet.gateway;
    await operations.drain("server-2");
    fleet.supervisor.processes.broken.add("server-2");

    expect(told(await operations.return("server-2"))).toBe(
      `operation-failed: server-2 does not come back: ${START_PROBLEM}`,
    );
  });

  test("of nobody name those that there are", async () => {
    await using fleet = await startStandInFleet();

    expect(told(await fleet.gateway.operations.drain("server-9"))).toBe(
      "replica-not-found: there is no such replica; there are server-1, server-2, server-3",
    );
  });

  test("tell what NGINX has against the fleet without the replica", async () => {
    const check = async (file: string) =>
      (await Bun.file(file).text()).includes(" down;") ? ["[emerg] no"] : [];
    await using fleet = await startStandInFleet({ check });

    expect(await fleet.gateway.operations.drain("server-2")).toMatchObject({
      failure: { kind: "operation-failed", problems: ["[emerg] no"] },
    });
    expect(fleet.supervisor.orders).toEqual(["drain server-2 stay"]);
  });
});

describe("a restart", () => {
  test("goes from one to the next with one reload each, and leaves drained ones", async () => {
    await using fleet = await startStandInFleet();
    const { supervisor, gateway } = fleet;
    await gateway.operations.drain("server-2");
    const { length } = supervisor.loads;

    expect(told(await gateway.operations.restart())).toBe("ok");

    expect(supervisor.orders.slice(2)).toEqual([
      "drain server-1 restart",
      "release server-1",
      "drain server-3 restart",
      "release server-3",
    ]);
    expect(supervisor.releasedTooEarly).toEqual([]);
    expect(supervisor.loads.length - length).toBe(3);
    expect(fleet.states()).toBe("server-1:serving server-2:drained server-3:serving");
  });

  test("begins with what is broken, and stops there if it does not come back", async () => {
    await using fleet = await startStandInFleet();
    const { processes, orders } = fleet.supervisor;
    processes.broken.add("server-3");
    processes.crash("server-3");
    await waitUntil("it is gone", () => fleet.states().endsWith("server-3:gone"));

    expect(told(await fleet.gateway.operations.restart())).toBe(
      `operation-failed: server-3 does not come back: ${START_PROBLEM}; the restart stops here, and server-1, server-2 go on as before`,
    );
    expect(orders).toEqual(["drain server-3 restart"]);

    processes.broken.clear();
    expect(told(await fleet.gateway.operations.restart())).toBe("ok");
    expect(orders.slice(1).filter((order) => order.startsWith("drain"))).toEqual([
      "drain server-3 restart",
      "drain server-1 restart",
      "drain server-2 restart",
    ]);
  });

  test("of the only one that is not drained is refused", async () => {
    await using fleet = await startStandInFleet();
    const { operations } = fleet.gateway;
    await Promise.all([operations.drain("server-1"), operations.drain("server-2")]);

    expect(told(await operations.restart())).toStartWith("conflict: server-3 is the only one");
  });

  test("excludes a scale and a reload, but no drain", async () => {
    await using fleet = await startStandInFleet();
    const { operations } = fleet.gateway;
    const restart = operations.restart();

    expect(told(await operations.scale(4))).toBe(
      "conflict: a restart of the fleet is under way; mend: wait for its end",
    );
    expect(told(await operations.reload())).toBe(
      "conflict: a restart of the fleet is under way; mend: wait for its end",
    );
    expect(told(await operations.drain("server-3"))).toBe("ok");
    expect(told(await restart)).toBe("ok");
    expect(fleet.states()).toBe("server-1:serving server-2:serving server-3:drained");
  });
});

describe("a scale", () => {
  test("up is done when NGINX has the new ones, with one reload", async () => {
    await using fleet = await startStandInFleet();
    const { supervisor, gateway } = fleet;
    supervisor.processes.slow.add("server-5");
    const scale = gateway.operations.scale(5);
    await waitUntil("server-4 serves", () => fleet.states().includes("server-4:serving"));
    supervisor.processes.slow.clear();
    supervisor.processes.crash("server-5");
    supervisor.processes.start("server-5");

    expect(told(await scale)).toBe("ok");
    expect(gateway.fleet.lineOf("server-5")).toBe("up");
    expect(supervisor.loads).toHaveLength(2);
  });

  test("down takes the highest numbers at once, drained ones too", async () => {
    await using fleet = await startStandInFleet();
    const { supervisor, gateway } = fleet;
    await gateway.operations.drain("server-2");

    expect(told(await gateway.operations.scale(1))).toBe("ok");

    expect(supervisor.orders.slice(2)).toEqual([
      "drain server-3 leave",
      "drain server-2 leave",
      "release server-3",
    ]);
    expect(supervisor.releasedTooEarly).toEqual([]);
    expect(supervisor.loads).toHaveLength(3);
    expect(fleet.states()).toBe("server-1:serving");
  });

  test("down to those that do not serve is refused", async () => {
    await using fleet = await startStandInFleet();
    await fleet.gateway.operations.drain("server-1");

    expect(told(await fleet.gateway.operations.scale(1))).toBe(
      "conflict: server-2, server-3 cannot be removed: nobody else serves",
    );
  });

  test("up is undone when a new one cannot start", async () => {
    await using fleet = await startStandInFleet();
    fleet.supervisor.processes.broken.add("server-5");

    expect(told(await fleet.gateway.operations.scale(5))).toBe(
      `operation-failed: server-5 does not come back: ${START_PROBLEM}; the fleet has its 3 replicas as before`,
    );
    expect(fleet.states()).toBe("server-1:serving server-2:serving server-3:serving");
  });

  test("up is refused where a port is taken, by whom", async () => {
    await using fleet = await startStandInFleet();
    fleet.supervisor.inTheWay.push("port 8104 is taken by pid 7 (other)");

    expect(await fleet.gateway.operations.scale(4)).toEqual({
      ok: false,
      failure: {
        kind: "conflict",
        detail: "port 8104 is taken by pid 7 (other)",
        problems: ["port 8104 is taken by pid 7 (other)"],
      },
    });
  });
});

test("without its supervisor the fleet cannot be changed", async () => {
  await using fleet = await startStandInFleet();
  await fleet.supervisor.stop();

  expect(told(await fleet.gateway.operations.restart())).toBe(
    "not-ready: the supervisor does not answer",
  );
});
