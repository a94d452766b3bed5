import { describe, expect, test } from "bun:test";
import { identityModel, mlpModel, slowModel } from "@flotilla/testkit/onnx-builder";
import { writeModels } from "@flotilla/testkit/write-models";
import { openInline } from "../src/inline-runner.ts";
import { readRepository } from "../src/repository/read-repository.ts";
import type { BatchPart, WorkerModel } from "../src/worker/worker-protocol.ts";
import { loadModels } from "./load-models.ts";
import { answered, startDispatcher, WORKER_MODEL } from "./start-dispatcher.ts";

const FILES = {
  "mlp/model.onnx": mlpModel([64, 64, 2]),
  "loop/model.onnx": slowModel(),
  "any-width/model.onnx": identityModel({ type: "FP32", shape: ["batch", "width"] }),
  "heavy/model.onnx": mlpModel([64, 64, 2]),
};
/** As the warm-up might have measured it. */
const TINY = [
  { rows: 1, length: 1, ms: 0.05 },
  { rows: 64, length: 1, ms: 0.2 },
];

async function openAll() {
  const { worker, models } = await loadModels({ files: FILES });
  await using repository = await writeModels({ files: FILES });
  const { sources } = await readRepository(repository.folder);
  const told: readonly WorkerModel[] = models.map((model) => ({
    ...model,
    costs: model.model.name === "heavy" ? [{ rows: 1, length: 1, ms: 50 }] : TINY,
  }));
  return { worker, models: told, inline: await openInline(told, sources) };
}

function mlpPart(rows: number): BatchPart {
  const data = Float32Array.from({ length: rows * 64 }, (_, at) => Math.sin(at));
  return {
    kind: "tensors",
    tensors: { features: { datatype: "FP32", shape: [rows, 64], data } },
    rows,
  };
}

describe("beside the worker, on the main thread", () => {
  test("are the models whose cost is small and lies in the rows alone", async () => {
    const { models, inline } = await openAll();

    const held = models.filter(({ model }) => inline.takes(model));
    expect(held.map(({ model }) => model.name)).toEqual(["mlp"]);
  });

  test("a batch has the worker's answers, bit for bit, and fails as there", async () => {
    const { worker, models, inline } = await openAll();
    const model = models.findIndex((one) => one.model.name === "mlp");
    const run = { model, parts: [mlpPart(1), mlpPart(3)], runTimeoutMs: 5_000 };

    const here = await inline.run(run);
    const there = await worker.run(run);
    if (!here.ok || !there.ok) throw new Error("a batch failed");
    expect(here.outputs).toHaveLength(2);
    expect(here.outputs).toEqual(there.outputs);

    const wrong: BatchPart = { kind: "tensors", tensors: {}, rows: 1 };
    expect(await inline.run({ ...run, parts: [wrong] })).toMatchObject({ ok: false });
  });
});

describe("a dispatcher with an inline runner", () => {
  /** `echo` is held inline. */
  const start = (costs: WorkerModel["costs"] = TINY) => {
    const inline: (readonly BatchPart[])[] = [];
    const started = startDispatcher({
      defer: setImmediate,
      models: [{ ...WORKER_MODEL, costs, model: { ...WORKER_MODEL.model, maxBatch: 64 } }],
      inline: {
        longestMs: 0.3,
        takes: () => true,
        costsOf: () => costs,
        run: async ({ parts }) => {
          inline.push(parts);
          const outputs = parts.map((part) => ({
            kind: "tensors" as const,
            tensors: part.kind === "tensors" ? part.tensors : {},
          }));
          return { ok: true, outputs };
        },
      },
    });
    return { ...started, inlineRuns: inline };
  };

  test("runs there what has arrived by the next turn of the loop, as one batch", async () => {
    const { inlineRuns, runs, infer } = start();
    const answers = await Promise.all([infer([1]), infer([2, 3]), infer([4])]);

    expect(answers.map(answered)).toEqual([[1], [2, 3], [4]]);
    expect(inlineRuns).toHaveLength(1);
    expect(runs).toHaveLength(0);
  });

  test("waits for whoever comes a turn later, and no longer than a few turns", async () => {
    const { inlineRuns, infer } = start();
    const answers: Promise<unknown>[] = [];
    for (let turn = 0; turn < 30; turn++) {
      answers.push(infer([turn]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(answers);

    expect(inlineRuns[0]?.length).toBeGreaterThan(1);
    expect(inlineRuns.length).toBeGreaterThan(1);
  });

  test("does not wait for the worker, whatever runs there", async () => {
    const { inlineRuns, run, infer } = start();
    const repeated = infer([1], { alone: true });
    const running = await run(0);

    expect(answered(await infer([2]))).toEqual([2]);
    expect(inlineRuns).toHaveLength(1);
    running.complete();
    expect(answered(await repeated)).toEqual([1]);
  });

  test("leaves to the worker what would take longer, and what may have ended another replica", async () => {
    const slow = start([{ rows: 1, length: 1, ms: 1 }]);
    const suspect = start();
    const answers = [slow.infer([1]), suspect.infer([1], { alone: true })];
    for (const { run } of [slow, suspect]) (await run(0)).complete();

    expect((await Promise.all(answers)).map(answered)).toEqual([[1], [1]]);
    expect([...slow.inlineRuns, ...suspect.inlineRuns]).toEqual([]);
  });

  test("refuses when both lanes together hold the queue's limit", async () => {
    const inline = {
      longestMs: 0.3,
      takes: () => true,
      costsOf: () => TINY,
      run: () => new Promise<never>(() => {}),
    };
    const { infer, run } = startDispatcher({
      models: [{ ...WORKER_MODEL, costs: TINY }],
      inline,
      defer: setImmediate,
      limits: { queueLimit: 2 },
    });
    void infer([1], { alone: true });
    await run(0);
    void infer([2], { alone: true });
    void infer([3]);

    expect(answered(await infer([4]))).toBe("queue-full");
  });
});
