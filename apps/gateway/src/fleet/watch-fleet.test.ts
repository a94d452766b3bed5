import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSupervisorClient, type SupervisedProcess } from "../supervisor-client.ts";
import { watchFleet } from "./watch-fleet.ts";

let folder: string;
let supervisor: Bun.Server<undefined>;
let replica: Bun.Server<undefined>;
let processes: SupervisedProcess[];
let isReady: boolean;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "flotilla-watch-"));
  processes = [{ name: "server-1", kind: "replica", pid: 11, restarts: 0 }];
  supervisor = Bun.serve({
    unix: join(folder, "supervisor.sock"),
    fetch: () => Response.json(processes),
  });
  isReady = false;
  replica = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () =>
      Response.json({ status: isReady ? "ready" : "starting" }, { status: isReady ? 200 : 503 }),
  });
});

afterEach(async () => {
  await Promise.all([supervisor.stop(true), replica.stop(true)]);
  rmSync(folder, { recursive: true });
});

function watch() {
  const changes: string[] = [];
  const fleet = watchFleet({
    replicas: [{ id: "server-1", host: "127.0.0.1", httpPort: replica.port ?? 0, grpcPort: 1 }],
    supervisor: createSupervisorClient(join(folder, "supervisor.sock")),
    onChange: ({ state }) => changes.push(state),
  });
  return { fleet, changes };
}

test("a replica is starting until it was ready once", async () => {
  const { fleet } = watch();
  await fleet.refresh();
  expect(fleet.wasReady).toBeFalse();
  expect(fleet.replicas[0]).toMatchObject({ state: "starting", reason: "not ready: starting" });

  isReady = true;
  await fleet.refresh();
  expect(fleet.wasReady).toBeTrue();
  expect(fleet.replicas[0]).toMatchObject({ state: "serving", reason: null, pid: 11 });
});

test("one failed probe is chance, two eject, two passed bring back", async () => {
  const { fleet, changes } = watch();
  const states: (string | undefined)[] = [];
  for (const ready of [true, false, true, false, false, true, false, true, true]) {
    isReady = ready;
    await fleet.refresh();
    states.push(fleet.replicas[0]?.state);
  }

  expect(states.slice(0, 5)).toEqual(["serving", "serving", "serving", "serving", "ejected"]);
  expect(states.slice(5)).toEqual(["ejected", "ejected", "ejected", "serving"]);
  expect(changes).toEqual(["serving", "ejected", "serving"]);
});

test("a replica without a process is gone, and starts anew with another", async () => {
  const { fleet, changes } = watch();
  isReady = true;
  await fleet.refresh();

  processes = [{ name: "server-1", kind: "replica", pid: null, restarts: 0 }];
  await fleet.refresh();
  expect(fleet.replicas[0]).toMatchObject({ state: "gone", pid: null });

  processes = [{ name: "server-1", kind: "replica", pid: 12, restarts: 1 }];
  await fleet.refresh();
  expect(changes).toEqual(["serving", "gone", "serving"]);
  expect(fleet.replicas[0]).toMatchObject({ pid: 12, restarts: 1 });
});

test("a supervisor that does not answer changes nothing", async () => {
  const { fleet } = watch();
  isReady = true;
  await fleet.refresh();
  await supervisor.stop(true);
  await fleet.refresh();

  expect(fleet.replicas[0]).toMatchObject({ state: "serving", pid: 11 });
});
