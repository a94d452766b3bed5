import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { freePorts } from "@flotilla/testkit/free-ports";
import { mlpModel, slowModel } from "@flotilla/testkit/onnx-builder";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { type ModelFolder, writeModels } from "@flotilla/testkit/write-models";
import { predict, REPLICA_MAIN, startReplicaProcess, untilReady } from "./start-replica-process.ts";

setDefaultTimeout(60_000);

let models: ModelFolder;

beforeAll(async () => {
  models = await writeModels({
    files: {
      "mlp/model.onnx": mlpModel([2, 2]),
      "slow/model.onnx": slowModel(),
      "slow/model.yaml": "run_timeout_ms: 60000\n",
    },
  });
});
afterAll(() => models[Symbol.asyncDispose]());

const MLP = { model: "mlp", body: { inputs: { features: [[1, 2]] } } };
const slow = (rounds: number) => ({ model: "slow", body: { inputs: { rounds: [rounds] } } });
const FOREVER = 100_000_000;

describe("a replica that is told to stop", () => {
  test("is not ready at once, serves on, and exits with 0 when it is out of the upstreams", async () => {
    await using replica = startReplicaProcess({
      FLOTILLA_MODELS: models.folder,
      FLOTILLA_DRAIN_DELAY_MS: "60000",
    });
    await untilReady(replica);

    replica.signal("SIGTERM");
    await waitUntil("it drains", async () => (await replica.status("/health/ready")) === 503);
    expect(await (await fetch(`${replica.httpUrl}/health/ready`)).json()).toEqual({
      status: "draining",
    });
    expect(await replica.status("/health/live")).toBe(200);
    expect(await predict(replica, MLP)).toBe(200);

    replica.signal("SIGTERM");
    expect(await replica.exited).toBe(0);
  });

  test("leaves when it is told that it is out of the upstreams, but not before it drains", async () => {
    await using replica = startReplicaProcess({
      FLOTILLA_MODELS: models.folder,
      FLOTILLA_DRAIN_DELAY_MS: "600000",
    });
    await untilReady(replica);
    const release = async (headers: Readonly<Record<string, string>> = {}) =>
      (await fetch(`${replica.httpUrl}/drain/release`, { method: "POST", headers })).status;

    expect(await release()).toBe(409);
    replica.signal("SIGTERM");
    await waitUntil("it drains", async () => (await replica.status("/health/ready")) === 503);
    expect(await release({ "x-flotilla-request-id": "by-nginx" })).toBe(404);
    expect(await release()).toBe(204);
    expect(await replica.exited).toBe(0);
  });

  test("leaves by itself after the drain delay", async () => {
    await using replica = startReplicaProcess({
      FLOTILLA_MODELS: models.folder,
      FLOTILLA_DRAIN_DELAY_MS: "100",
    });
    await untilReady(replica);

    replica.signal("SIGTERM");

    expect(await replica.exited).toBe(0);
  });

  test("answers what is in flight first", async () => {
    await using replica = startReplicaProcess({
      FLOTILLA_MODELS: models.folder,
      FLOTILLA_DRAIN_DELAY_MS: "0",
    });
    await untilReady(replica);
    const running = predict(replica, slow(500));
    await waitUntil("the request is in flight", async () =>
      (await (await fetch(`${replica.httpUrl}/metrics`)).text()).includes(
        'in_flight{server_id="server-1"} 1',
      ),
    );

    replica.signal("SIGTERM");

    expect(await running).toBe(200);
    expect(await replica.exited).toBe(0);
  });
});

test("a supervised replica ends when its parent dies", async () => {
  const [http, grpc] = freePorts(2);
  const shell = Bun.spawn(["sh", "-c", '"$0" "$1" & wait', process.execPath, REPLICA_MAIN], {
    env: {
      FLOTILLA_MODELS: models.folder,
      FLOTILLA_SUPERVISED: "1",
      FLOTILLA_HTTP_PORT: String(http),
      FLOTILLA_GRPC_PORT: String(grpc),
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const answers = (path: string) =>
    fetch(`http://127.0.0.1:${http}${path}`).then(
      ({ ok }) => ok,
      () => false,
    );
  await waitUntil("the replica is ready", () => answers("/health/ready"));

  shell.kill("SIGKILL");

  await waitUntil("the orphan is gone", async () => !(await answers("/health/live")));
});

describe("a model that does not answer", () => {
  test("makes the replica not ready, while its probes are answered all the time", async () => {
    await using replica = startReplicaProcess({ FLOTILLA_MODELS: models.folder });
    await untilReady(replica);

    void predict(replica, slow(FOREVER));

    await waitUntil("readiness fails", async () => (await replica.status("/health/ready")) === 503);
    const health = await (await fetch(`${replica.httpUrl}/health`)).json();
    expect(health).toMatchObject({ status: "failing", server_id: "server-1" });
    expect(await replica.status("/health/live")).toBe(200);
    expect(await predict(replica, MLP)).toBe(503);
  });

  test("ends the replica when the run is over its limit: its client and the last line are told why", async () => {
    await using hanging = await writeModels({
      files: { "slow/model.onnx": slowModel(), "slow/model.yaml": "run_timeout_ms: 1000\n" },
    });
    await using replica = startReplicaProcess({ FLOTILLA_MODELS: hanging.folder });
    await untilReady(replica);

    const status = predict(replica, slow(FOREVER));

    expect(await replica.exited).toBe(70);
    // Unanswered, NGINX would take it to the next replica, which would end, too.
    expect(await status).toBe(500);
    const lastLine = replica.output().trimEnd().split("\n").at(-1);
    expect(lastLine).toContain("run_timeout_ms (1000 ms)");
  });
});

describe("a start that cannot work exits with 2 and", () => {
  test("names everything that is wrong with the models", async () => {
    await using broken = await writeModels({
      files: {
        "corrupt/model.onnx": "not protobuf",
        "typo/model.onnx": mlpModel([2, 2]),
        "typo/model.yaml": "task: tensor\nbatching:\n  max_batch: many\n",
        "good/model.onnx": mlpModel([2, 2]),
      },
    });
    await using replica = startReplicaProcess({ FLOTILLA_MODELS: broken.folder });

    expect(await replica.exited).toBe(2);
    expect(replica.output()).toContain("typo/model.yaml:3: batching.max_batch");
    expect(replica.output()).toContain("corrupt/model.onnx");
  });

  test("names a port that is taken", async () => {
    await using holder = startReplicaProcess({ FLOTILLA_MODELS: models.folder });
    await untilReady(holder);
    const { port } = new URL(holder.httpUrl);
    await using replica = startReplicaProcess({
      FLOTILLA_MODELS: models.folder,
      FLOTILLA_HTTP_PORT: port,
    });

    expect(await replica.exited).toBe(2);
    expect(replica.output()).toContain(port);
  });

  test("names a wrong setting", async () => {
    await using replica = startReplicaProcess({
      FLOTILLA_QUEUE_LIMIT: "many",
      FLOTILLA_MODELS: models.folder,
    });

    expect(await replica.exited).toBe(2);
    expect(replica.output()).toContain("FLOTILLA_QUEUE_LIMIT");
  });
});
