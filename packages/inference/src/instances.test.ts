import { describe, expect, test } from "bun:test";
import { concatRows, emptyOutputs, sliceRows, splitRows, stackInstances } from "./instances.ts";
import type { LoadedModel } from "./loaded-model.ts";
import type { Tensors } from "./tensor.ts";

const MODEL: LoadedModel = {
  name: "m",
  version: 1,
  task: "tensor",
  inputs: [
    { name: "x", datatype: "FP32", shape: [-1, -1], symbols: ["n", "length"] },
    { name: "word", datatype: "BYTES", shape: [-1], symbols: ["n"] },
  ],
  outputs: [{ name: "y", datatype: "INT64", shape: [-1, -1, 3], symbols: ["n", "m", undefined] }],
  state: [],
  batch: "dynamic",
  maxBatch: 8,
};

function instance(word: string, ...x: readonly number[]): Tensors {
  return {
    x: { datatype: "FP32", shape: [x.length], data: Float32Array.from(x) },
    word: { datatype: "BYTES", shape: [], data: [word] },
  };
}

const STACKED: Tensors = {
  x: { datatype: "FP32", shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
  word: { datatype: "BYTES", shape: [3], data: ["a", "b", "c"] },
};
const INSTANCES = [instance("a", 1, 2), instance("b", 3, 4), instance("c", 5, 6)];

function problem(model: LoadedModel, instances: readonly Tensors[]): string | undefined {
  const outcome = stackInstances(model, instances);
  return outcome.ok ? undefined : outcome.failure.detail;
}

describe("instances", () => {
  test("stack to one batch, and split to themselves again", () => {
    expect(stackInstances(MODEL, INSTANCES)).toEqual({ ok: true, value: STACKED });
    expect(splitRows(STACKED)).toEqual(INSTANCES);
  });

  test("of a batch are views, not copies", () => {
    expect(splitRows(STACKED)[1]?.["x"]?.data).toHaveProperty("buffer", buffer(STACKED));
    expect(sliceRows(STACKED, 1, 3)["x"]?.data).toHaveProperty("buffer", buffer(STACKED));
  });

  test("may be none at all", () => {
    expect(stackInstances(MODEL, [])).toEqual({
      ok: true,
      value: {
        x: { datatype: "FP32", shape: [0, 1], data: new Float32Array(0) },
        word: { datatype: "BYTES", shape: [0], data: [] },
      },
    });
  });

  test("must all have one shape and the model's inputs", () => {
    expect(problem(MODEL, [instance("a", 1, 2), instance("b", 3)])).toBe(
      "instances[1].inputs.x: expected FP32 [2], as in instances[0], got FP32 [1]",
    );
    expect(problem(MODEL, [{}])).toBe("instances[0]: missing: inputs.x");
    expect(problem(MODEL, [{ ...instance("a", 1), secret: instance("", 1) as never }])).toBe(
      "instances[0]: expected no more inputs than the model has, got 1 more",
    );
  });

  test("need a model with a batch dimension, and fill a fixed one", () => {
    expect(problem({ ...MODEL, batch: "none" }, INSTANCES)).toContain("send inputs, not instances");
    expect(problem({ ...MODEL, batch: 4 }, INSTANCES)).toBe("expected 4 instances, got 3");
    expect(problem({ ...MODEL, batch: 3 }, INSTANCES)).toBeUndefined();
  });
});

describe("rows", () => {
  test("of several requests become one batch and parts again", () => {
    const parts = [sliceRows(STACKED, 0, 1), sliceRows(STACKED, 1, 3)];

    expect(parts.map(({ x }) => x?.shape)).toEqual([
      [1, 2],
      [2, 2],
    ]);
    expect(concatRows(parts)).toEqual(STACKED);
  });

  test("of one part are not copied", () => {
    expect(concatRows([STACKED])).toBe(STACKED);
  });

  test("of no request give outputs without rows", () => {
    expect(emptyOutputs(MODEL)).toEqual({
      y: { datatype: "INT64", shape: [0, 0, 3], data: new BigInt64Array(0) },
    });
  });
});

function buffer({ x }: Tensors): ArrayBufferLike | undefined {
  return (x?.data as Float32Array | undefined)?.buffer;
}
