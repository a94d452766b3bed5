import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { mlpModel, slowModel, throwingModel } from "@flotilla/testkit/onnx-builder";
import { SENTIMENT } from "@flotilla/testkit/shared-models";
import { loadModels } from "../../test/load-models.ts";
import { quietLogger } from "../../test/quiet-logger.ts";
import { startInferenceThread } from "./inference-thread.ts";
import { startWorker } from "./worker-host.ts";
import type { BatchPart } from "./worker-protocol.ts";

setDefaultTimeout(120_000);

function rounds(count: number): BatchPart {
  const data = BigInt64Array.of(BigInt(count));
  return { kind: "tensors", tensors: { rounds: { datatype: "INT64", shape: [1], data } }, rows: 1 };
}

function index(...values: readonly number[]): BatchPart {
  const data = BigInt64Array.from(values, BigInt);
  const shape = [values.length];
  return {
    kind: "tensors",
    tensors: { index: { datatype: "INT64", shape, data } },
    rows: values.length,
  };
}

describe("a start", () => {
  test("is refused when the first inference takes more than half of run_timeout_ms", async () => {
    const { problems } = await loadModels({
      files: {
        "slow/model.onnx": slowModel(),
        "slow/model.yaml": "run_timeout_ms: 100\nwarm_up:\n  inputs: {rounds: [1000]}\n",
      },
    });

    expect(problems).toEqual([
      expect.stringMatching(
        /^models\/slow\/model\.onnx: .* run_timeout_ms \(100\); mend: raise run_timeout_ms in model\.yaml/,
      ),
    ]);
  });

  test("counts one inference, not the whole warm-up nor what other models take to load", async () => {
    const manifest = "task: text-classification\nrun_timeout_ms: 400\n";
    const files: Record<string, string> = {};
    const links: Record<string, string> = {};
    for (const name of ["a", "b", "c", "d"]) {
      files[`${name}/model.yaml`] = manifest;
      links[`${name}/1`] = join(SENTIMENT, "1");
    }
    const { problems, models } = await loadModels({ files, links });

    expect(problems).toEqual([]);
    expect(models).toHaveLength(4);
  });

  test("names everything that ONNX Runtime, a tokenizer and a first inference find wrong, at once", async () => {
    const { problems } = await loadModels({
      files: {
        "corrupt/model.onnx": "no model",
        "odd/model.onnx": throwingModel(),
        "odd/model.yaml": "onnxruntime: { session.dynamic_block_base: many }\n",
        "picky/model.onnx": throwingModel(),
        "picky/model.yaml": "warm_up:\n  inputs: {index: [9]}\n",
        "words/tokenizer.json": '{"model": {}}',
        "words/model.yaml": "task: text-classification\nlabels: [a, b, c]\n",
      },
      links: { "words/model.onnx": join(SENTIMENT, "1/model.onnx") },
    });

    expect(problems).toEqual([
      expect.stringMatching(/^models\/corrupt\/model\.onnx: ONNX Runtime cannot load it: /),
      expect.stringMatching(
        /^models\/odd\/model\.onnx: ONNX Runtime cannot load it: .*correct `onnxruntime` in model\.yaml/s,
      ),
      expect.stringMatching(
        /^models\/picky\/model\.onnx: its first inference failed \(.*out of data bounds.*\); mend: give inputs that it accepts/s,
      ),
      expect.stringMatching(/^models\/words\/tokenizer\.json: not a usable tokenizer: /),
    ]);
  });
});

describe("a run", () => {
  test("answers each part of a batch with its own rows", async () => {
    const { worker } = await loadModels({ files: { "pick/model.onnx": throwingModel() } });
    const result = await worker.run({
      model: 0,
      parts: [index(3), index(1, 2), index(0)],
      runTimeoutMs: 5_000,
    });

    const outputs = result.ok ? result.outputs : [];
    const own = outputs.map((output) => output.kind === "tensors" && output.tensors["y"]?.data);
    expect(own).toEqual([[3], [1, 2], [0]].map((values) => Float32Array.from(values)));
  });

  test("that throws says why, and the next one is answered", async () => {
    const { worker } = await loadModels({ files: { "pick/model.onnx": throwingModel() } });

    expect(await worker.run({ model: 0, parts: [index(4)], runTimeoutMs: 5_000 })).toEqual({
      ok: false,
      message: expect.stringContaining("out of data bounds"),
    });
    expect(
      await worker.run({ model: 0, parts: [{ kind: "sample" }], runTimeoutMs: 5_000 }),
    ).toMatchObject({ ok: true, outputs: [] });
  });

  test("that takes longer than run_timeout_ms is fatal", async () => {
    const { worker, fatal } = await loadModels({ files: { "slow/model.onnx": slowModel() } });
    const run = worker.run({ model: 0, parts: [rounds(1_000)], runTimeoutMs: 50 });

    expect(await fatal).toBe("a run took longer than its run_timeout_ms (50 ms)");
    await run;
  });

  test.each([
    ["throws past its handler", "setTimeout(() => { throw new Error('late') })"],
    ["rejects where nobody waits", "Promise.reject(new Error('late'))"],
    ["exits", "process.exit(1)"],
  ])("whose worker %s is fatal, but told first", async (_, crash) => {
    const source = `self.onmessage = () => { ${crash} };`;
    const { promise: fatal, resolve: onFatal } = Promise.withResolvers<string>();
    const script = URL.createObjectURL(new Blob([source]));
    const worker = startWorker({
      logger: quietLogger,
      onFatal,
      thread: startInferenceThread(script),
    });
    const run = worker.run({ model: 0, parts: [{ kind: "sample" }], runTimeoutMs: 60_000 });
    const first = await Promise.race([run, fatal]);

    expect(first).toEqual({
      ok: false,
      message: expect.stringMatching(/^the inference worker /),
      hangs: true,
    });
    expect(await fatal).toStartWith("the inference worker ");
    URL.revokeObjectURL(script);
  });

  test("by a thread that ended before it was asked anything is fatal", async () => {
    const { promise: fatal, resolve: onFatal } = Promise.withResolvers<string>();
    const script = URL.createObjectURL(new Blob(["throw new Error('no such library')"]));
    const thread = startInferenceThread(script);
    await thread.ended;
    startWorker({ logger: quietLogger, onFatal, thread });

    expect(await fatal).toContain("no such library");
    URL.revokeObjectURL(script);
  });

  test("that is quick enough is not", async () => {
    const { worker, fatal } = await loadModels({
      files: { "mlp/model.onnx": mlpModel([4, 2]), "slow/model.onnx": slowModel() },
    });
    await worker.run({ model: 0, parts: [{ kind: "sample" }], runTimeoutMs: 1_000 });
    await worker.run({ model: 1, parts: [rounds(2_000)], runTimeoutMs: 60_000 });

    expect(await Promise.race([fatal, "nothing fatal"])).toBe("nothing fatal");
  });
});
