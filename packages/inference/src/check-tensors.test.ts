import { describe, expect, test } from "bun:test";
import { checkTensors } from "./check-tensors.ts";
import type { Datatype } from "./datatype.ts";
import type { LoadedModel } from "./loaded-model.ts";
import { allocateData, elementCount, type Tensor, type TensorSpec } from "./tensor.ts";

const LIMITS = { batchLimit: 8, tensorElementsLimit: 64 };

/** Names in a shape are variable dimensions. */
function spec(name: string, ...shape: readonly (number | string)[]): TensorSpec {
  return {
    name,
    datatype: "FP32",
    shape: shape.map((size) => (typeof size === "number" ? size : -1)),
    symbols: shape.map((size) => (typeof size === "number" ? undefined : size)),
  };
}

function model(batch: LoadedModel["batch"], ...inputs: readonly TensorSpec[]): LoadedModel {
  return {
    name: "m",
    version: 1,
    task: "tensor",
    inputs,
    outputs: [],
    state: [],
    batch,
    maxBatch: 8,
  };
}

function tensor(shape: readonly number[], datatype: Datatype = "FP32"): Tensor {
  return { datatype, shape, data: allocateData(datatype, elementCount(shape)) };
}

function check(loaded: LoadedModel, tensors: Readonly<Record<string, Tensor>>) {
  const outcome = checkTensors({ model: loaded, tensors, limits: LIMITS });
  if (outcome.ok) return outcome.value.rows;
  expect(outcome.failure.kind).toBe("invalid-input");
  return outcome.failure.detail;
}

describe("tensors of a model with a variable batch", () => {
  const pair = model("dynamic", spec("a", "n", 2), spec("b", "n", "length"));

  test("have the rows of their first dimension", () => {
    expect(check(pair, { a: tensor([3, 2]), b: tensor([3, 5]) })).toBe(3);
  });

  test("may have no rows at all", () => {
    expect(check(pair, { a: tensor([0, 2]), b: tensor([0, 5]) })).toBe(0);
  });

  test("must have as many rows each, whatever the ONNX file calls them", () => {
    const named = model("dynamic", spec("a", "n", 2), spec("b", "m", 2));

    expect(check(named, { a: tensor([3, 2]), b: tensor([4, 2]) })).toBe(
      "inputs.b: expected dimension 0 to be 3, as in inputs.a, got 4",
    );
  });

  test("may not be more than the batch limit", () => {
    expect(check(pair, { a: tensor([9, 2]), b: tensor([9, 1]) })).toBe(
      "expected a batch of at most 8, got 9",
    );
  });

  test("may be empty in no other dimension", () => {
    expect(check(pair, { a: tensor([3, 2]), b: tensor([3, 0]) })).toBe(
      "inputs.b: expected dimension 1 to be a whole number from 1, got 0",
    );
  });

  test("are refused where one is missing or too many, by the model's names only", () => {
    expect(check(pair, { a: tensor([1, 2]) })).toBe("missing: inputs.b");
    expect(check(pair, { a: tensor([1, 2]), b: tensor([1, 1]), secret: tensor([1]) })).toBe(
      "expected no inputs but inputs.a, inputs.b, got 1 more",
    );
  });

  test("do not take an inherited property for an input", () => {
    expect(check(model("dynamic", spec("toString", "n")), {})).toBe("missing: inputs.toString");
  });

  test("need the datatype, the rank and the fixed dimensions of the model", () => {
    const b = tensor([1, 1]);

    expect(check(pair, { a: tensor([1, 2], "FP64"), b })).toBe(
      "inputs.a: expected datatype FP32, got FP64",
    );
    expect(check(pair, { a: tensor([2]), b })).toBe(
      "inputs.a: expected 2 dimensions [-1, 2], got 1",
    );
    expect(check(pair, { a: tensor([1, 3]), b })).toBe(
      "inputs.a: expected dimension 1 to be 2, got 3",
    );
  });

  test.each([-1, 1.5, Number.NaN, 2 ** 60])("refuse %p as a dimension", (size) => {
    const b: Tensor = { datatype: "FP32", shape: [1, size], data: new Float32Array(1) };

    expect(check(pair, { a: tensor([1, 2]), b })).toBe(
      `inputs.b: expected dimension 1 to be a whole number from 1, got ${size}`,
    );
  });

  test.each([[[8, 9]], [[0, 65]], [[2 ** 52, 2 ** 52]]])(
    "refuse the shape %p, which is over the limit of elements",
    (shape) => {
      const b: Tensor = { datatype: "FP32", shape, data: new Float32Array(0) };

      expect(check(model("dynamic", spec("b", "n", "length")), { b })).toBe(
        "inputs.b: expected at most 64 elements, got a shape of more",
      );
    },
  );

  test("need as many elements as the shape says", () => {
    const b: Tensor = { datatype: "FP32", shape: [2, 3], data: new Float32Array(5) };

    expect(check(pair, { a: tensor([2, 2]), b })).toBe(
      "inputs.b: expected 6 elements, as the shape says, got 5",
    );
  });
});

test("a string with NUL, which ONNX Runtime would cut, is refused", () => {
  const words: TensorSpec = { ...spec("words", "n"), datatype: "BYTES" };
  const data = ["fine", "not\0fine"];

  expect(check(model("dynamic", words), { words: { datatype: "BYTES", shape: [2], data } })).toBe(
    "inputs.words: expected strings without NUL, got one in element 1",
  );
});

describe("tensors of a model without a variable batch", () => {
  test("are one row where there is no batch", () => {
    expect(check(model("none", spec("x")), { x: tensor([]) })).toBe(1);
    expect(check(model("none", spec("x", "n")), { x: tensor([0]) })).toBe(
      "inputs.x: expected dimension 0 to be a whole number from 1, got 0",
    );
  });

  test("are as many rows as the ONNX file fixes", () => {
    expect(check(model(4, spec("x", 4, 2)), { x: tensor([4, 2]) })).toBe(4);
    expect(check(model(4, spec("x", 4, 2)), { x: tensor([3, 2]) })).toBe(
      "inputs.x: expected dimension 0 to be 4, got 3",
    );
  });

  test("agree where the ONNX file gives two dimensions one name", () => {
    const square = model("none", spec("x", "side", "side"));

    expect(check(square, { x: tensor([3, 3]) })).toBe(1);
    expect(check(square, { x: tensor([3, 4]) })).toBe(
      "inputs.x: expected dimension 1 to be 3, as in inputs.x, got 4",
    );
  });
});
