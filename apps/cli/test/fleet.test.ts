import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listProcesses } from "@flotilla/common/list-processes";
import { readProcessRecord } from "@flotilla/common/process-record";
import { stateFolder } from "@flotilla/common/state-folder";
import { identityModel, slowModel } from "@flotilla/testkit/onnx-builder";
import { type Fleet, freeSettings, startFleet } from "@flotilla/testkit/start-fleet";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { controlClient } from "./control-client.ts";
import { MAIN, runFlotilla } from "./run-flotilla.ts";

// A first start may fetch NGINX, and a slow machine is no failure.
setDefaultTimeout(240_000);

let folder: string;
let models: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "flotilla-test-"));
  models = join(folder, "models");
  mkdirSync(join(models, "echo"), { recursive: true });
  const model = identityModel({ type: "FP32", shape: ["batch", 2] });
  writeFileSync(join(models, "echo", "model.onnx"), model);
});

afterAll(() => rmSync(folder, { recursive: true }));

async function predict(fleet: Fleet, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(`${fleet.httpUrl}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ inputs: { x: [[1, 2]] } }),
    signal: AbortSignal.timeout(10_000),
  });
  const body = (await answer.json()) as { server_id: string; outputs: { y: number[][] } };
  return { status: answer.status, serverId: body.server_id, outputs: body.outputs };
}

function isAlive(pid: number): boolean {
  return listProcesses().some((process) => process.pid === pid);
}

async function isServing(fleet: Fleet): Promise<boolean> {
  const answer = await predict(fleet).catch(() => undefined);
  return answer?.status === 200;
}

const flotilla = (options: Parameters<typeof runFlotilla>[0]) =>
  runFlotilla({ folder, ...options });

describe("a fleet behind NGINX", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ settings: { models } });
  });
  afterAll(() => fleet.stop());

  test("answers from each replica in turn", async () => {
    const answers = [];
    for (let n = 0; n < 6; n++) answers.push(await predict(fleet));

    expect(answers.map(({ outputs }) => outputs)).toEqual(Array(6).fill({ y: [[1, 2]] }));
    const [first, second, third, ...again] = answers.map(({ serverId }) => serverId);
    expect(new Set([first, second, third])).toEqual(new Set(["server-1", "server-2", "server-3"]));
    expect(again).toEqual([first, second, third] as string[]);
  });

  test("keeps a session on one replica, and spreads sessions over all", async () => {
    const same = [];
    for (let n = 0; n < 10; n++) same.push(await predict(fleet, { "x-session-id": "a" }));
    const different = await Promise.all(
      Array.from({ length: 20 }, (_, n) => predict(fleet, { "x-session-id": `id-${n}` })),
    );

    expect(new Set(same.map(({ serverId }) => serverId)).size).toBe(1);
    expect(new Set(different.map(({ serverId }) => serverId)).size).toBe(3);
  });

  test("prints where it is, and a request that works", () => {
    const { port } = new URL(fleet.httpUrl);
    const curl = /^ {2}curl -s (\S+) -H 'content-type: application\/json' -d '(.*)'$/m;

    expect(fleet.output()).toContain(`gRPC        ${fleet.grpcAddress}`);
    expect(fleet.output().match(curl)?.slice(1)).toEqual([
      `http://127.0.0.1:${port}/predict`,
      '{"inputs":{"x":[[0,0]]}}',
    ]);
  });

  test("tells its status, its metrics and NGINX's own on the operations port", async () => {
    const { nginx, replicas } = await fleet.status();
    expect(nginx).toMatchObject({ generation: 1, reloads: 0 });
    expect(replicas.map(({ id, state, restarts }) => [id, state, restarts])).toEqual([
      ["server-1", "serving", 0],
      ["server-2", "serving", 0],
      ["server-3", "serving", 0],
    ]);

    const metrics = await (await fetch(`${fleet.opsUrl}/metrics`)).text();
    expect(metrics).toContain('flotilla_gateway_replicas{state="serving"} 3');
    expect(metrics.match(/^flotilla_ready\{server_id="server-\d"\} 1$/gm)).toHaveLength(3);
    expect(metrics.match(/^# TYPE flotilla_ready gauge$/gm)).toHaveLength(1);

    const stub = await (await fetch(`${fleet.opsUrl}/nginx_status`)).text();
    expect(stub).toStartWith("Active connections: ");
  });

  test("has no operations on its public port, and a problem for unknown ones", async () => {
    const outside = await fetch(`${fleet.httpUrl}/status`);
    const inside = await fetch(`${fleet.opsUrl}/nothing`);

    expect(outside.status).toBe(404);
    expect([inside.status, inside.headers.get("content-type")]).toEqual([
      404,
      "application/problem+json",
    ]);
  });

  test("is shown by `flotilla status` and `flotilla models`", async () => {
    const settings = {
      ops_port: Number(new URL(fleet.opsUrl).port),
      http_port: Number(new URL(fleet.httpUrl).port),
    };
    const status = await flotilla({ arguments: ["status"], settings });
    const models = await flotilla({ arguments: ["models", "--json"], settings });

    expect(status.out).toMatch(/^server-2 +serving +\d+ +127\.0\.0\.1:\d+/m);
    expect(JSON.parse(models.out)).toMatchObject({ models: [{ name: "echo", task: "tensor" }] });
    expect([status.code, models.code]).toEqual([0, 0]);
  });

  test("has a killed replica back by itself at the same address, and answers meanwhile", async () => {
    const before = (await fleet.replicas()).find(({ id }) => id === "server-2");
    process.kill(before?.pid ?? 0, "SIGKILL");

    const meanwhile: Awaited<ReturnType<typeof predict>>[] = [];
    const after = await waitUntil("server-2 serves again", async () => {
      meanwhile.push(await predict(fleet));
      const replicas = await fleet.replicas();
      return replicas.find(
        ({ id, state, restarts }) => id === "server-2" && state === "serving" && restarts === 1,
      );
    });

    expect(meanwhile.map(({ status }) => status)).toEqual(meanwhile.map(() => 200));
    expect(after.http).toBe(before?.http ?? "");
    expect(after.pid).not.toBe(before?.pid ?? null);
    expect(fleet.output()).toContain("server-2 was ended by SIGKILL; it starts again in 0.2 s");
    expect((await fleet.status()).nginx.reloads).toBe(0);
  });

  test("has a killed NGINX back, its orphaned workers ended", async () => {
    const { pid } = (await fleet.status()).nginx;
    const workers = listProcesses().filter(({ group }) => group === pid);
    process.kill(pid ?? 0, "SIGKILL");

    await waitUntil("another NGINX", async () => {
      const { nginx } = await fleet.status();
      return nginx.pid !== null && nginx.pid !== pid;
    });
    await waitUntil("it serves", () => isServing(fleet));

    expect(workers.length).toBeGreaterThan(1);
    expect(workers.filter((worker) => isAlive(worker.pid))).toEqual([]);
  });

  test("serves on while its gateway is killed and comes back, without a reload", async () => {
    const { nginx } = await fleet.status();
    const { processes } = stateFolder(fleet.state);
    const gateway = readProcessRecord(processes).find(({ name }) => name === "gateway");
    process.kill(gateway?.pid ?? 0, "SIGKILL");

    expect(await isServing(fleet)).toBeTrue();
    await waitUntil("the gateway sees the fleet again", async () => {
      const status = await fleet.status().catch(() => undefined);
      return status?.nginx.in_step && status.replicas.every(({ state }) => state === "serving");
    });
    expect((await fleet.status()).nginx).toEqual(nginx);
  });

  test("kills a replica that hangs, and others answer the requests inside", async () => {
    const before = (await fleet.replicas()).find(({ id }) => id === "server-2");
    const session = await waitUntil("a session of its own", async () => {
      const headers = { "x-session-id": crypto.randomUUID() };
      return (await predict(fleet, headers)).serverId === "server-2" ? headers : undefined;
    });
    process.kill(before?.pid ?? 0, "SIGSTOP");

    const inside = await predict(fleet, session);

    expect(inside.status).toBe(200);
    expect(["server-1", "server-3"]).toContain(inside.serverId);
    expect(fleet.output()).toContain("server-2 has given no heartbeat for 5 s: it is killed (pid ");
    await waitUntil("it serves again", async () => {
      const now = (await fleet.replicas()).find(({ id }) => id === "server-2");
      return now?.state === "serving" && now.pid !== before?.pid;
    });
    const { processes } = controlClient(stateFolder(fleet.state).supervisorSocket);
    expect((await processes()).map(({ hangs }) => hangs)).toEqual([0, 1, 0, 0, 0]);
    await waitUntil("its sessions are back", async () => {
      return (await predict(fleet, session)).serverId === "server-2";
    });
  });

  test("is found well by the doctor, whatever is drained, and as it was", async () => {
    const { httpUrl, grpcAddress, opsUrl, state } = fleet;
    const ports = [httpUrl, `http://${grpcAddress}`, opsUrl].map((url) =>
      Number(new URL(url).port),
    );
    const [http_port = 0, grpc_port = 0, ops_port = 0] = ports;
    const base = Number((await fleet.replicas())[0]?.http.split(":")[1]) - 1;
    const doctor = {
      arguments: ["doctor"],
      settings: { http_port, grpc_port, ops_port, replica_port_base: base, state, models },
    };
    const before = JSON.stringify(await fleet.replicas());

    const well = await flotilla(doctor);
    expect(well.out).toContain(`✓  ports     this fleet's: ${ports.join(", ")}, ${base + 1},`);
    expect(well.out).toMatch(/^✓ {2}fleet {5}3 of 3 serve$/m);
    expect(well.out).toMatch(/^✓ {2}http .* answers in/m);
    expect(well.out).toMatch(/^✓ {2}grpc .* answers in/m);
    expect([well.out.includes("✗"), well.code]).toEqual([false, 0]);
    expect(JSON.stringify(await fleet.replicas())).toBe(before);

    await fleet.operate("POST", "/replicas/server-3/drain");
    const drained = await flotilla(doctor);
    await fleet.operate("POST", "/replicas/server-3/return");
    expect(drained.out).toMatch(/^– {2}fleet {5}server-3: drained; `flotilla return server-3`/m);
    expect(drained.code).toBe(0);
  });

  test("belongs to one supervisor: a second one on its folder is refused", async () => {
    const second = await flotilla({ arguments: ["dev"], settings: { state: fleet.state } });

    expect(second.problems).toContain(`a fleet that runs already, with pid ${fleet.supervisorPid}`);
    expect(second.code).toBe(2);
  });
});

describe("a replica whose model hangs", () => {
  test("is taken out of NGINX though it beats, and is back when it was replaced", async () => {
    const hanging = join(folder, "hanging");
    mkdirSync(join(hanging, "slow"), { recursive: true });
    cpSync(models, hanging, { recursive: true });
    writeFileSync(join(hanging, "slow", "model.onnx"), slowModel());
    writeFileSync(join(hanging, "slow", "model.yaml"), "run_timeout_ms: 15000\n");
    const settings = { models: hanging, default_model: "echo" };
    await using fleet = await startFleet({ settings });
    const only = async (wanted: string) =>
      (await fleet.replicas()).filter(({ state }) => state === wanted).map(({ id }) => id);

    const gone = new AbortController();
    void fetch(`${fleet.httpUrl}/models/slow/predict`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ inputs: { rounds: [100_000_000] } }),
      signal: gone.signal,
    }).catch(() => {});
    const [ejected = ""] = await waitUntil("it is ejected", async () => {
      const found = await only("ejected");
      return found.length === 1 ? found : undefined;
    });
    gone.abort();
    await waitUntil("twelve requests in a row go to the others", async () => {
      const asked = Array.from({ length: 12 }, () => predict(fleet).catch(() => undefined));
      const answers = await Promise.all(asked);
      return answers.every((answer) => answer?.status === 200 && answer.serverId !== ejected);
    });

    await waitUntil("all serve again", async () => (await only("serving")).length === 3);
    const back = (await fleet.replicas()).find(({ id }) => id === ejected);
    expect(back?.restarts).toBe(1);
    expect(fleet.output()).not.toContain("no heartbeat");
  });
});

describe("without a fleet", () => {
  test("`flotilla status` and `flotilla models` say so, and exit with 1", async () => {
    const settings = freeSettings(1);
    for (const command of ["status", "models"]) {
      const { code, problems } = await flotilla({ arguments: [command], settings });

      expect(problems).toMatch(/^no fleet answers at \S+ \(ECONNREFUSED\); mend: start one/);
      expect(code).toBe(1);
    }
  });

  test("a reader that has gone ends a command without a word", async () => {
    const pipe = '{ "$0" "$1" dev --help; echo "exit code $?" >&2; } | true';
    const run = Bun.spawn(["sh", "-c", pipe, process.execPath, MAIN], { stderr: "pipe" });

    expect(await run.stderr.text()).toBe("exit code 0\n");
  });
});

describe("a fleet's start", () => {
  test("opens the ports when every replica is ready, and not before", async () => {
    await using fleet = await startFleet({ settings: { models }, until: "started" });

    const first = await waitUntil("the port opens", () => predict(fleet).catch(() => undefined));

    expect(first.status).toBe(200);
    const replicas = await fleet.replicas();
    expect(replicas.map(({ state }) => state)).toEqual(["serving", "serving", "serving"]);
  });

  test("ends with 2 and names every taken port with its holder", async () => {
    const settings = freeSettings(3);
    using listener = Bun.listen({
      hostname: "127.0.0.1",
      port: settings.http_port,
      socket: { data() {} },
    });

    const { code, problems } = await flotilla({
      arguments: ["dev", "--ops-port", String(listener.port)],
      settings,
    });

    expect(problems.trim().split("\n")).toEqual([
      expect.stringContaining(
        `port ${listener.port} on 127.0.0.1, for HTTP: it is taken by pid ${process.pid} (`,
      ),
      expect.stringContaining(`port ${listener.port} is wanted for HTTP and for operations`),
    ]);
    expect(code).toBe(2);
  });

  test("ends with 2 and says once what is wrong with the models, and nothing lives on", async () => {
    const wrong = join(folder, "wrong");
    mkdirSync(join(wrong, "m"), { recursive: true });
    writeFileSync(join(wrong, "m", "model.yaml"), "tusk: tensor\n");
    const state = join(folder, "state");

    const { code, problems } = await flotilla({
      arguments: ["dev"],
      settings: { ...freeSettings(3), models: wrong, state },
    });

    expect(problems.match(/model\.yaml:1: tusk/g)).toHaveLength(1);
    expect(code).toBe(2);
    expect(listProcesses().filter(({ command }) => command.includes(state))).toEqual([]);
  });

  test("ends with 2 and all problems where settings are wrong", async () => {
    const { code, problems } = await flotilla({
      arguments: ["dev", "--replicas", "none", "--http-port=0"],
    });

    expect(problems.trim().split("\n")).toEqual([
      "--http-port: expected a whole number from 1 to 65535, got 0; mend: --http-port 8000, for example",
      '--replicas: expected a whole number from 1 to 99, got "none"; mend: --replicas 3, for example',
    ]);
    expect(code).toBe(2);
  });

  test("ends with 2 where the state folder is too deep for its sockets", async () => {
    const state = join(folder, "deep".repeat(30));
    const { code, problems } = await flotilla({ arguments: ["dev", "--state", state] });

    expect(problems).toContain("is too long for the Unix sockets in it");
    expect(code).toBe(2);
  });

  test("ends with 2 where the state folder is there and cannot be written", async () => {
    const state = join(folder, "taken");
    mkdirSync(join(state, "supervisor.pid"), { recursive: true });
    const { code, problems } = await flotilla({ arguments: ["dev", "--state", state] });

    expect(problems).toMatch(
      /^state: E.*; mend: name a folder that can be written with --state\n$/,
    );
    expect(code).toBe(2);
  });
});

describe("a fleet's end", () => {
  test("is told, finishes in good order, and exits with 0", async () => {
    const fleet = await startFleet({ settings: { models, replicas: 1 } });

    expect(await fleet.stop()).toBe(0);
    expect(fleet.output()).toContain("draining: what is in flight is finished");
    expect(fleet.output()).toEndWith("stopped\n");
  });

  test("comes at once with a second Ctrl-C, and exits with 130", async () => {
    const fleet = await startFleet({ settings: { models, replicas: 1 } });
    const pids = fleet.livingPids();

    await waitUntil("its end", () => {
      if (!isAlive(fleet.supervisorPid)) return true;
      process.kill(fleet.supervisorPid, "SIGINT");
      return false;
    });

    expect(await fleet.stop()).toBe(130);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(fleet.output()).toEndWith("stopped by force\n");
  });

  test("takes every process along even when the supervisor is killed", async () => {
    const fleet = await startFleet({ settings: { models } });
    const pids = fleet.livingPids();
    process.kill(fleet.supervisorPid, "SIGKILL");

    await waitUntil("nothing lives", () => !pids.some(isAlive));

    expect(pids.length).toBeGreaterThan(5);
    await fleet.stop();
  });

  test("leaves nothing in the way of a new start, not even a killed supervisor's", async () => {
    const settings = { ...freeSettings(2), models, state: join(folder, "again") };
    const killed = await startFleet({ settings });
    const [hanging] = await killed.replicas();
    process.kill(hanging?.pid ?? 0, "SIGSTOP");
    process.kill(killed.supervisorPid, "SIGKILL");

    await using next = await startFleet({ settings });

    expect(next.output()).toContain("ended server-1, which an earlier supervisor had left running");
    expect(await isServing(next)).toBeTrue();
  });
});
