import { expect, test } from "bun:test";
import { onnxModel } from "@flotilla/testkit/onnx-builder";
import { findRedis, startRedis } from "@flotilla/testkit/start-redis";
import { accumulatorFiles } from "@flotilla/testkit/stateful-models";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { writeModels } from "@flotilla/testkit/write-models";
import { startTestReplica } from "./start-test-replica.ts";

const found = await findRedis("redis");

test.skipIf(!found.ok)(
  "while a server of conversations hangs, turns are refused with the reason, models without state answer, and it goes on by itself",
  async () => {
    const value = (name: string) => ({ name, type: "INT64" as const, shape: ["batch", 1] });
    const same = onnxModel({
      inputs: [value("x")],
      outputs: [value("y")],
      nodes: [{ op: "Identity", inputs: ["x"], outputs: ["y"] }],
    });
    await using models = await writeModels({
      files: { ...accumulatorFiles("sum"), "same/model.onnx": same },
    });
    await using server = await startRedis();
    await using replica = await startTestReplica(models.folder, { session_store: server.url });
    const ask = (model: string) =>
      fetch(`${replica.httpUrl}/models/${model}/predict`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-session-id": "anna" },
        body: '{"inputs":{"x":[[1]]}}',
      });
    expect(await (await ask("sum")).json()).toMatchObject({ turn: 1 });
    process.kill(server.pid, "SIGSTOP");
    const refused = [await ask("sum"), await ask("sum")];

    expect(refused.map(({ status }) => status)).toEqual([503, 503]);
    expect(refused.map(({ headers }) => headers.get("retry-after"))).toEqual(["1", "1"]);
    expect(await refused[1]?.json()).toMatchObject({
      detail: "the session store is not available (timeout); the log says more",
    });
    expect((await ask("same")).status).toBe(200);
    process.kill(server.pid, "SIGCONT");
    await waitUntil("turns are taken again", async () => (await ask("sum")).ok);
  },
);
