import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "@flotilla/common/settings";
import { stateFolder } from "@flotilla/common/state-folder";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { standInSettings, startStandInGateway } from "../../test/stand-in-gateway.ts";
import { type StandInFleet, startStandInFleet } from "../../test/start-stand-in-fleet.ts";

function write(fleet: StandInFleet, changed: Partial<Settings>): void {
  // As a user has them: what NGINX is was found at the start.
  const settings = { ...standInSettings(fleet.supervisor, changed), nginx: "" };
  fleet.supervisor.settings = { settings };
}

describe("a reload", () => {
  test("of nothing new changes nothing", async () => {
    await using fleet = await startStandInFleet();
    write(fleet, {});

    expect(await fleet.gateway.operations.reload()).toMatchObject({ ok: true });
    expect(fleet.supervisor.loads).toHaveLength(1);
    expect(fleet.supervisor.orders).toEqual(["settings"]);
  });

  test("during another waits for it, and is shared by all who came meanwhile", async () => {
    await using fleet = await startStandInFleet();
    const { operations } = fleet.gateway;
    write(fleet, {});

    const outcomes = [operations.reload(), operations.reload(), operations.reload()];

    for (const outcome of await Promise.all(outcomes)) expect(outcome).toMatchObject({ ok: true });
    expect(fleet.supervisor.orders).toEqual(["settings", "settings"]);
  });

  test("tells NGINX what concerns only NGINX, and restarts nobody", async () => {
    await using fleet = await startStandInFleet();
    write(fleet, { strategy: "least-conn" });

    expect(await fleet.gateway.operations.reload()).toMatchObject({ ok: true });
    expect(fleet.supervisor.loads).toHaveLength(2);
    expect(fleet.supervisor.loads[1]).toContain("least_conn;");
    expect(fleet.supervisor.orders).toEqual(["settings"]);
  });

  test("restarts the replicas for what concerns them, and makes the fleet as large as it says", async () => {
    await using fleet = await startStandInFleet();
    write(fleet, { queue_limit: 7, replicas: 2 });

    expect(await fleet.gateway.operations.reload()).toMatchObject({ ok: true });
    expect(fleet.supervisor.orders).toEqual([
      "settings",
      "drain server-3 leave",
      "release server-3",
      "drain server-1 restart",
      "release server-1",
      "drain server-2 restart",
      "release server-2",
    ]);
    expect(fleet.states()).toBe("server-1:serving server-2:serving");
  });

  test("that stopped half-way is finished by the next one, though it is another gateway's", async () => {
    await using fleet = await startStandInFleet();
    const { supervisor } = fleet;
    write(fleet, { queue_limit: 7 });
    supervisor.processes.broken.add("server-2");
    expect(await fleet.gateway.operations.reload()).toMatchObject({ ok: false });
    fleet.gateway[Symbol.dispose]();

    supervisor.processes.broken.clear();
    const { length } = supervisor.orders;
    using next = await startStandInGateway(supervisor, { settings: { queue_limit: 7 } });
    await waitUntil("NGINX is in step", () => next.fleet.inStep);
    expect(await next.operations.reload()).toMatchObject({ ok: true });
    const drains = supervisor.orders.slice(length).filter((order) => order.startsWith("drain"));
    expect(drains).toEqual(["drain server-2 restart", "drain server-3 restart"]);

    expect(await next.operations.reload()).toMatchObject({ ok: true });
    expect(supervisor.orders.at(-1)).toBe("settings");
  });

  test("leaves a fleet's size alone that an operator chose, if the settings name the same as before", async () => {
    await using fleet = await startStandInFleet();
    await fleet.gateway.operations.scale(2);
    write(fleet, { max_fails: 2 });

    expect(await fleet.gateway.operations.reload()).toMatchObject({ ok: true });
    expect(fleet.states()).toBe("server-1:serving server-2:serving");
  });
});

describe("a reload is refused", () => {
  test("for settings that are wrong, in the words of whoever read them", async () => {
    await using fleet = await startStandInFleet();
    fleet.supervisor.settings = { problems: ["flotilla.yaml:1: strategy: expected …"] };

    expect(await fleet.gateway.operations.reload()).toMatchObject({
      failure: {
        kind: "refused-configuration",
        problems: ["flotilla.yaml:1: strategy: expected …"],
      },
    });
  });

  test("for settings that a running fleet cannot change", async () => {
    await using fleet = await startStandInFleet();
    write(fleet, { ops_port: 9002, strategy: "hash" });

    expect(await fleet.gateway.operations.reload()).toMatchObject({
      failure: {
        detail: expect.stringContaining("mend: restart the fleet"),
        problems: ["ops_port: 8002 → 9002"],
      },
    });
  });

  test("for replicas that no fleet has", async () => {
    await using fleet = await startStandInFleet();
    write(fleet, { per_replica: { "sever-1": { weight: 2 }, "server-9": { weight: 2 } } });

    expect(await fleet.gateway.operations.reload()).toMatchObject({
      failure: {
        problems: [
          "per_replica.sever-1: no replica has this name; they are server-1 to server-99; mend: did you mean server-1?",
        ],
      },
    });
  });

  test("in NGINX's words, with the settings that changed, and the old ones stay", async () => {
    const check = async (file: string) =>
      (await Bun.file(file).text()).includes("least_conn;") ? ["[emerg] no"] : [];
    await using fleet = await startStandInFleet({ check });
    write(fleet, { strategy: "least-conn" });

    expect(await fleet.gateway.operations.reload()).toEqual({
      ok: false,
      failure: {
        kind: "refused-configuration",
        detail:
          "NGINX refuses the new configuration (strategy: round-robin → least-conn): [emerg] no",
        problems: ["[emerg] no"],
      },
    });
    expect(fleet.supervisor.orders).toEqual([]);
    expect(fleet.supervisor.loads).toHaveLength(1);
    expect(fleet.gateway.fleet.wanted.settings.strategy).toBe("round-robin");
  });
});

test("a user's directives are read at a reload, and not before", async () => {
  await using fleet = await startStandInFleet();
  const { state, loads } = fleet.supervisor;
  write(fleet, {});
  const folder = join(state, "user", "server.d");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "a.conf"), "# one\n");
  await fleet.gateway.operations.drain("server-1");
  expect(loads.at(-1)).not.toContain("a.conf");

  expect(await fleet.gateway.operations.reload()).toMatchObject({ ok: true });
  expect(loads.at(-1)).toContain(`# ${join(folder, "a.conf")}`);

  writeFileSync(join(folder, "a.conf"), "# two\n");
  expect(await fleet.gateway.operations.reload()).toMatchObject({ ok: true });
  const copies = join(stateFolder(state).nginx, "directives", "server.d");
  expect(readdirSync(copies)).toHaveLength(1);
});
