import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { freePorts } from "@flotilla/testkit/free-ports";
import { mlpModel } from "@flotilla/testkit/onnx-builder";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { type ModelFolder, writeModels } from "@flotilla/testkit/write-models";
import { REPLICA_MAIN } from "./start-replica-process.ts";

setDefaultTimeout(60_000);

let models: ModelFolder;

beforeAll(async () => {
  models = await writeModels({ files: { "mlp/model.onnx": mlpModel([2, 2]) } });
});
afterAll(() => models[Symbol.asyncDispose]());

/** A replica with the channel that the supervisor gives it. */
function startBeating(environment: Readonly<Record<string, string>>) {
  const [http, grpc] = freePorts(2);
  let beats = 0;
  const child = Bun.spawn([process.execPath, REPLICA_MAIN], {
    env: {
      FLOTILLA_SUPERVISED: "1",
      FLOTILLA_REPLICAS: "1",
      FLOTILLA_HTTP_PORT: String(http),
      FLOTILLA_GRPC_PORT: String(grpc),
      ...environment,
    },
    stdio: ["ignore", "ignore", "ignore"],
    ipc() {
      beats += 1;
    },
  });
  return {
    child,
    beats: () => beats,
    isReady: () =>
      fetch(`http://127.0.0.1:${http}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

test("a replica beats from its start on, also one that never gets ready", async () => {
  await using replica = startBeating({ FLOTILLA_MODELS: "/nowhere" });

  expect(await replica.child.exited).toBe(2);
  await waitUntil("its beat", () => replica.beats() > 0);
});

test("a replica beats as long as it lives", async () => {
  await using replica = startBeating({ FLOTILLA_MODELS: models.folder });
  await waitUntil("it is ready", replica.isReady);
  const before = replica.beats();

  await waitUntil("three more", () => replica.beats() > before + 2);
});

test("a replica to which nobody listens any more serves on, and ends in good order", async () => {
  await using replica = startBeating({
    FLOTILLA_MODELS: models.folder,
    FLOTILLA_DRAIN_DELAY_MS: "1500",
  });
  await waitUntil("it is ready", replica.isReady);

  replica.child.disconnect();
  // Longer than from one beat to the next.
  replica.child.kill("SIGTERM");

  expect(await replica.child.exited).toBe(0);
});
