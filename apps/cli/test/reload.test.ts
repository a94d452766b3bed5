import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { listProcesses } from "@flotilla/common/list-processes";
import { type Fleet, startFleet } from "@flotilla/testkit/start-fleet";
import { getTestNginx } from "@flotilla/testkit/start-nginx";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { makeFleetFolder } from "./make-fleet-folder.ts";
import { runFlotilla } from "./run-flotilla.ts";
import { type Load, startLoad } from "./start-load.ts";

// A first start may fetch NGINX, and a slow machine is no failure.
setDefaultTimeout(240_000);

const place = makeFleetFolder();
let fleet: Fleet;
let load: Load;

beforeAll(async () => {
  place.write("flotilla.yaml", "strategy: round-robin\n");
  // Whose features are known.
  const { path: nginx } = await getTestNginx("bookworm");
  fleet = await startFleet({ settings: { models: place.models, nginx }, folder: place.folder });
});
afterAll(async () => {
  await fleet.stop();
  place[Symbol.dispose]();
});

beforeEach(async () => {
  load = startLoad(fleet);
  await load.next(20);
});
afterEach(async () => {
  expect(await load.stop()).toEqual([]);
  place.write("flotilla.yaml", "strategy: round-robin\n");
  place.remove("nginx");
});

const reload = () =>
  runFlotilla({
    arguments: ["reload"],
    settings: { ops_port: Number(new URL(fleet.opsUrl).port) },
  });

function isAlive(pid: number): boolean {
  return listProcesses().some((process) => process.pid === pid);
}

async function userPage(): Promise<string> {
  return await (await fetch(`${fleet.httpUrl}/user-page`, { keepalive: false })).text();
}

test("a strategy that is written to flotilla.yaml is the fleet's after a reload", async () => {
  const { nginx } = await fleet.status();
  place.write("flotilla.yaml", "strategy: ip-hash\n");

  const { code, out } = await reload();

  expect([code, out.split("\n")[0]]).toEqual([0, "the settings are in use"]);
  const status = await fleet.status();
  expect([status.strategy, status.nginx.reloads]).toEqual(["ip-hash", nginx.reloads + 1]);
  load.servers();
  await load.next(30);
  // All clients have the same address.
  expect(load.servers().size).toBeLessThan(3);

  place.write("flotilla.yaml", "strategy: round-robin\n");
  expect((await reload()).code).toBe(0);
});

test("a reload without a change reloads nothing", async () => {
  const { nginx } = await fleet.status();

  expect((await reload()).code).toBe(0);
  expect((await fleet.status()).nginx).toEqual(nginx);
});

test("a wrong settings' file is refused with each of its problems, and what runs stays", async () => {
  const before = await fleet.status();
  place.write("flotilla.yaml", "strategy: rund-robin\nreplicsa: 4\n");

  const { code, problems } = await reload();

  expect(problems).toContain("flotilla.yaml:1: strategy: expected one of round-robin, ");
  expect(problems).toContain(
    "flotilla.yaml:2: replicsa: unknown key; mend: did you mean replicas?",
  );
  expect(code).toBe(1);
  const after = await fleet.status();
  expect([after.strategy, after.nginx]).toEqual([before.strategy, before.nginx]);
});

test("a strategy that this NGINX does not have is refused by name, with the version it needs", async () => {
  const before = await fleet.status();
  place.write("flotilla.yaml", "strategy: sticky\n");

  const { code, problems } = await reload();

  expect(problems).toContain("sticky");
  expect(problems).toContain("1.29.6");
  expect([code, (await fleet.status()).strategy]).toEqual([1, before.strategy]);
});

test("a user's own directives are in NGINX's configuration after a reload, and gone when they are removed", async () => {
  place.write(
    "nginx/http.d/words.conf",
    'map $arg_name $user_word { default "nobody"; ann "Ann"; }\n',
  );
  place.write(
    "nginx/server.d/page.conf",
    "location = /user-page {\n  default_type text/plain;\n  return 200 $user_word;\n}\n",
  );

  expect((await reload()).code).toBe(0);
  expect(await userPage()).toBe("nobody");

  place.remove("nginx");
  expect((await reload()).code).toBe(0);
  expect(await userPage()).toContain("there is nothing at this path");
});

test("directives that NGINX refuses are named with their file and line, and what runs stays", async () => {
  const { nginx } = await fleet.status();
  place.write("nginx/server.d/page.conf", "# mine\nloaction = /user-page { return 200 x; }\n");

  const { code, problems } = await reload();
  const { status, body } = await fleet.operate("POST", "/reload");

  expect(problems).toContain("nginx/server.d/page.conf:2");
  expect(problems).toContain("loaction");
  expect([code, status]).toEqual([1, 422]);
  expect(body.problems?.[0]).toContain("nginx/server.d/page.conf:2");
  expect((await fleet.status()).nginx).toEqual(nginx);
});

describe("under `hash`, where NGINX has no backup, one", () => {
  const theBackupRests = () =>
    waitUntil("the backup rests", async () => {
      load.servers();
      await load.next(5);
      return !load.servers().has("server-3");
    });
  const reloadWithBackup = async () => {
    place.write(
      "flotilla.yaml",
      "strategy: hash\nhash_on: client-address\nper_replica: { server-3: { backup: true } }\n",
    );
    expect((await reload()).code).toBe(0);
    await theBackupRests();
  };

  test("serves while every primary is drained, and rests when one is back", async () => {
    await reloadWithBackup();
    await load.next(30);
    expect(load.servers().has("server-3")).toBeFalse();

    await fleet.operate("POST", "/replicas/server-1/drain");
    await fleet.operate("POST", "/replicas/server-2/drain");
    load.servers();
    await load.next(30);
    expect(load.servers()).toEqual(new Set(["server-3"]));

    await fleet.operate("POST", "/replicas/server-2/return");
    await theBackupRests();
    expect((await fleet.operate("POST", "/replicas/server-1/return")).status).toBe(200);
  });

  test("serves while every primary is dead, and rests when they are back", async () => {
    await reloadWithBackup();
    // What is inside of both when they die is not what this is about.
    expect(await load.stop()).toEqual([]);
    const primaries = (await fleet.replicas()).filter(({ id }) => id !== "server-3");
    for (const { pid } of primaries) process.kill(pid ?? 0, "SIGKILL");
    await waitUntil("both are dead", () => primaries.every(({ pid }) => !isAlive(pid ?? 0)));

    load = startLoad(fleet);
    await load.next(1);
    expect(load.servers()).toContain("server-3");
    await waitUntil("both serve again", async () => {
      const replicas = await fleet.replicas();
      return primaries.every(({ id, pid }) =>
        replicas.some((one) => one.id === id && one.pid !== pid && one.state === "serving"),
      );
    });
    await theBackupRests();
  });
});
