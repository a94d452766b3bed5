import { expect, setDefaultTimeout, test } from "bun:test";
import { mlpModel } from "@flotilla/testkit/onnx-builder";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { writeModels } from "@flotilla/testkit/write-models";
import { startReplicaProcess, untilReady } from "./start-replica-process.ts";

setDefaultTimeout(60_000);

test("a replica is ready before it has read what few will ask it for", async () => {
  await using models = await writeModels({ files: { "mlp/model.onnx": mlpModel([2, 2]) } });
  await using replica = startReplicaProcess({
    FLOTILLA_MODELS: models.folder,
    BUN_OPTIONS: `--preload ${require.resolve("./tell-modules.ts")}`,
  });
  const modules = () => /^modules: .*\n/m.exec(replica.output())?.[0];
  await untilReady(replica);
  replica.signal("SIGUSR2");
  await waitUntil("it tells its modules", async () => modules() !== undefined);

  expect(modules()).toContain("/elysia/");
  expect(modules()).toContain("/@grpc/grpc-js/");
  expect(modules()).not.toContain("/@elysiajs/openapi/");
  expect(modules()).not.toContain("/ioredis/");
  expect(modules()).not.toContain("/@grpc/proto-loader/");
});
