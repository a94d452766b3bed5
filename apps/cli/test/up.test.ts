import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join, resolve } from "node:path";
import { settingsEnvironment } from "@flotilla/common/read-settings";
import { type Fleet, freeSettings, startFleet } from "@flotilla/testkit/start-fleet";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { makeFleetFolder } from "./make-fleet-folder.ts";
import { runFlotilla } from "./run-flotilla.ts";
import { startLoad } from "./start-load.ts";

// A first start may fetch NGINX, and a slow machine is no failure.
setDefaultTimeout(240_000);

const REPLICA_MAIN = resolve(import.meta.dir, "../../model-server/src/main.ts");

const place = makeFleetFolder();
const free = freeSettings(6);
const ports = [1, 3, 5].map((offset) => free.replica_port_base + offset);
let replicas: Bun.Subprocess[];
let fleet: Fleet;

/** As another system would: HTTP on this port, gRPC on the next. */
function startReplica(number: number): Bun.Subprocess {
  const port = ports[number - 1] ?? 0;
  const environment = settingsEnvironment({
    models: place.models,
    http_port: port,
    grpc_port: port + 1,
    server_id: `server-${number}`,
    state: join(place.folder, `state-${number}`),
    drain_delay_ms: 3_000,
    threads: 1,
  });
  const { PATH, HOME } = Bun.env;
  return Bun.spawn([process.execPath, REPLICA_MAIN], {
    env: { PATH, HOME, ...environment },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

beforeAll(async () => {
  replicas = [1, 2, 3].map(startReplica);
  const replica_hosts = ports.map((port) => `127.0.0.1:${port}`).join(", ");
  fleet = await startFleet({
    command: "up",
    settings: { ...free, replica_hosts: `${replica_hosts}, nowhere.invalid` },
    folder: place.folder,
  });
});
afterAll(async () => {
  await fleet.stop();
  for (const replica of replicas) {
    replica.kill("SIGKILL");
    await replica.exited;
  }
  place[Symbol.dispose]();
});

const state = async (id: string) => (await fleet.replicas()).find((one) => one.id === id)?.state;

describe("a fleet whose replicas another system runs", () => {
  test("serves when all of them are ready, by the names that they have", async () => {
    expect((await fleet.replicas()).map(({ id, state, pid }) => [id, state, pid])).toEqual([
      ["server-1", "serving", null],
      ["server-2", "serving", null],
      ["server-3", "serving", null],
    ]);
    await using load = startLoad(fleet);
    await load.next(20);
    expect([...load.servers()].toSorted()).toEqual(["server-1", "server-2", "server-3"]);
  });

  test("says which name is not resolved", () => {
    expect(fleet.output().match(/nowhere.invalid: the name is not resolved \(\w+\)/g)).toHaveLength(
      1,
    );
  });

  test("fails no request while one is told to end, is away, and comes back", async () => {
    await using load = startLoad(fleet);
    const { reloads } = (await fleet.status()).nginx;
    replicas[1]?.kill("SIGTERM");
    await waitUntil("it drains", async () => (await state("server-2")) === "draining");
    await replicas[1]?.exited;
    await waitUntil("it has ended", async () => (await state("server-2")) === "drained");
    load.servers();
    await load.next(20);
    expect([...load.servers()].toSorted()).toEqual(["server-1", "server-3"]);
    replicas[1] = startReplica(2);
    await waitUntil("it serves", async () => (await state("server-2")) === "serving");
    await waitUntil("it answers", () => load.servers().has("server-2"));

    expect(await load.stop()).toEqual([]);
    // Out and in again: nobody else's place has changed.
    expect((await fleet.status()).nginx.reloads).toBe(reloads + 2);
  });

  test("fails no request while one is killed and while the gateway is, which goes on with what NGINX has", async () => {
    await using load = startLoad(fleet);
    const before = await fleet.status();
    replicas[2]?.kill("SIGKILL");
    await replicas[2]?.exited;
    const gateway = /gateway starts \(pid (\d+)\)/.exec(fleet.output())?.[1];
    process.kill(Number(gateway), "SIGKILL");
    await waitUntil("another gateway answers", async () => {
      const status = await fleet.status().catch(() => undefined);
      return status?.replicas.length === 3 && status.replicas[0]?.state === "serving";
    });
    replicas[2] = startReplica(3);
    await waitUntil("it serves", async () => (await state("server-3")) === "serving");
    await load.next(20);

    expect(await load.stop()).toEqual([]);
    expect((await fleet.status()).strategy).toBe(before.strategy);
  });

  test("says who restarts and scales it", async () => {
    for (const [method, path] of [
      ["POST", "/restart"],
      ["PUT", "/scale"],
      ["POST", "/replicas/server-1/drain"],
    ] as const) {
      const { status, body } = await fleet.operate(method, path, { replicas: 5 });

      expect([path, status]).toEqual([path, 501]);
      expect(body.detail).toContain("docker compose up --scale");
    }
    expect((await fleet.operate("POST", "/reload")).status).toBe(200);
  });
});

test("`up` wants to know where the replicas are", async () => {
  const { code, problems } = await runFlotilla({ arguments: ["up"] });

  expect(code).toBe(2);
  expect(problems).toContain("replica_hosts: `up` needs to know where the replicas are; mend: ");
});

test("hosts that are none are named", async () => {
  const { code, problems } = await runFlotilla({
    arguments: ["up", "--replica-hosts", "model server, a:0"],
  });

  expect(code).toBe(2);
  expect(problems).toContain('got "model server, a:0"; mend: ');
});
