import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  addModel,
  identityModel,
  nanModel,
  slowModel,
  sumRowsModel,
  throwingModel,
} from "@flotilla/testkit/onnx-builder";
import { SENTIMENT } from "@flotilla/testkit/shared-models";
import { startTestEngine } from "../test/start-test-engine.ts";
import type { Prediction } from "./inference-request.ts";
import type { Tensor, Tensors } from "./tensor.ts";

setDefaultTimeout(120_000);

function int64(name: string, ...values: readonly number[]): Tensors {
  const data = BigInt64Array.from(values, BigInt);
  return { [name]: { datatype: "INT64", shape: [values.length], data } };
}

function outputOf(
  outcome: Awaited<ReturnType<Awaited<ReturnType<typeof startTestEngine>>["run"]>>,
) {
  if (!outcome.ok) return outcome.failure.kind;
  const { output } = outcome.value;
  return output.kind === "tensors" ? output.tensors : output.predictions;
}

function labelOf(prediction: Prediction | undefined): string | undefined {
  return prediction?.kind === "classification" ? prediction.label : undefined;
}

describe("an engine", () => {
  test("refuses everything as not ready until its models are loaded, then is ready", async () => {
    const { engine, early } = await startTestEngine({
      files: { "add/1/model.onnx": addModel([2]), "add/2/model.onnx": addModel([3]) },
    });

    expect(early).toMatchObject({ ok: false, failure: { kind: "not-ready" } });
    expect(engine.defaultModel).toBe("add");
    expect(engine.find("", "")).toMatchObject({ ok: true, value: { name: "add", version: 2 } });
    expect(engine.models.map(({ version, inputs }) => [version, inputs[0]?.shape])).toEqual([
      [1, [2]],
      [2, [3]],
    ]);
    expect(engine.health()).toMatchObject([
      { name: "add", version: 1, ready: true, error: undefined },
      { name: "add", version: 2, ready: true, error: undefined },
    ]);
    expect(engine.inFlight).toBe(0);
  });

  test("does not start with a wrong default model or a wrong model, and says both", async () => {
    const { problems, engine } = await startTestEngine(
      { files: { "a/model.onnx": addModel([2]), "b/model.onnx": "no model" } },
      { defaultModel: "c" },
    );

    expect(problems).toEqual([
      "default_model (FLOTILLA_DEFAULT_MODEL) is c, and there is no such model; there are: a, b",
      expect.stringContaining("models/b/model.onnx: ONNX Runtime cannot load it"),
    ]);
    expect(engine.find("a", "")).toMatchObject({ failure: { kind: "not-ready" } });
  });

  test("answers requests that came together each with its own, also when one of them is bad", async () => {
    const { run, batches } = await startTestEngine({
      files: { "slow/model.onnx": slowModel(), "pick/model.onnx": throwingModel() },
    });
    // While this runs, the others gather.
    const busy = run("slow", int64("rounds", 100));
    const wanted = [0, 1, 2, 99, 3, 1];
    const answers = wanted.map((value) => run("pick", int64("index", value)));

    expect((await Promise.all(answers)).map(outputOf)).toEqual(
      wanted.map((value) =>
        value === 99
          ? "inference-failed"
          : { y: { datatype: "FP32", shape: [1], data: Float32Array.of(value) } },
      ),
    );
    expect((await busy).ok).toBe(true);
    expect(batches.map(({ model }) => model)).toContain("pick");
  });

  test("puts requests of one model into one batch, of which every request is told its times", async () => {
    const { run, predict, batches } = await startTestEngine({
      files: { "slow/model.onnx": slowModel() },
      links: { text: SENTIMENT },
    });
    const busy = run("slow", int64("rounds", 100));
    const answers = Array.from({ length: 8 }, () => predict("text", ["What a day."]));
    const [first, ...others] = (await Promise.all(answers)).flat();
    const outcome = await busy;

    expect(first).toMatchObject({ kind: "classification" });
    for (const other of others) expect(labelOf(other)).toBe(labelOf(first));
    const text = batches.filter(({ model }) => model === "text");
    expect(text.reduce((sum, { rows }) => sum + rows, 0)).toBe(8);
    expect(text.length).toBeLessThan(8);
    expect(outcome.ok && outcome.value.inferMs).toBeGreaterThan(0);
  });

  test("cuts what is larger than the model's batch, and joins the answers in order", async () => {
    const { run, batches } = await startTestEngine({
      files: {
        "pick/model.onnx": throwingModel(),
        "pick/model.yaml": "batching: {max_batch: 4}\n",
      },
    });
    const indexes = Array.from({ length: 10 }, (_, row) => row % 4);
    const answer = await run("pick", int64("index", ...indexes), 10);

    expect(outputOf(answer)).toEqual({
      y: { datatype: "FP32", shape: [10], data: Float32Array.from(indexes) },
    });
    expect(batches.map(({ rows }) => rows)).toEqual([4, 4, 2]);
  });

  test("leaves a fixed batch whole, whatever the limit", async () => {
    const { run } = await startTestEngine(
      { files: { "fixed/model.onnx": identityModel({ type: "FP32", shape: [4, 1] }) } },
      { limits: { batchLimit: 2 } },
    );
    const x: Tensor = { datatype: "FP32", shape: [4, 1], data: Float32Array.of(1, 2, 3, 4) };

    expect(outputOf(await run("fixed", { x }, 4))).toEqual({ y: x });
  });

  test("runs a model without a batch one request at a time, every row in it", async () => {
    const { run, batches } = await startTestEngine({ files: { "sum/model.onnx": sumRowsModel() } });
    const x = (...data: readonly number[]): Tensors => ({
      x: { datatype: "FP32", shape: [data.length / 2, 2], data: Float32Array.from(data) },
    });
    const answers = [run("sum", x(1, 2, 3, 4)), run("sum", x(5, 6))];

    expect((await Promise.all(answers)).map(outputOf)).toEqual([
      { y: { datatype: "FP32", shape: [2], data: Float32Array.of(4, 6) } },
      { y: { datatype: "FP32", shape: [2], data: Float32Array.of(5, 6) } },
    ]);
    expect(batches).toHaveLength(2);
  });

  test("carries NaN, 64-bit integers, float16, strings and scalars as they are", async () => {
    const given: Readonly<Record<string, Tensor>> = {
      int: { datatype: "INT64", shape: [1], data: BigInt64Array.of(-(2n ** 63n)) },
      half: { datatype: "FP16", shape: [1], data: Float16Array.of(0.5) },
      text: { datatype: "BYTES", shape: [1], data: ["größer, 🚢"] },
      scalar: { datatype: "FP64", shape: [], data: Float64Array.of(1e300) },
    };
    const models = Object.entries(given).map(([name, { datatype, shape }]) => [
      `${name}/model.onnx`,
      identityModel({ type: datatype as "INT64", shape: shape.length > 0 ? ["batch"] : [] }),
    ]);
    const { run } = await startTestEngine({
      files: { ...Object.fromEntries(models), "ratio/model.onnx": nanModel() },
    });

    for (const [name, tensor] of Object.entries(given)) {
      expect(outputOf(await run(name, { x: tensor }))).toEqual({ y: tensor });
    }
    const zero: Tensor = { datatype: "FP32", shape: [1], data: Float32Array.of(0) };
    expect(outputOf(await run("ratio", { x: zero }))).toHaveProperty("y.data.0", Number.NaN);
  });
});
