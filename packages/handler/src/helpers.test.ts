import { expect, test } from "bun:test";
import { makeTensor, normalise, slice, softmax, stack, topK, unitLength } from "./api.ts";

test("a tensor is made of zeros, of numbers or around an array as it is", () => {
  const data = Float32Array.of(1, 2);

  expect(makeTensor("INT64", [2]).data).toEqual(BigInt64Array.of(0n, 0n));
  expect(makeTensor("FP32", [1, 2], [1, 2])).toEqual({ datatype: "FP32", shape: [1, 2], data });
  expect(makeTensor("FP32", [2], data).data).toBe(data);
  expect(makeTensor("FP32", [2], normalise(data, { mean: 0, std: 1 })).data).toEqual(data);
  expect(makeTensor("BYTES", [1], ["a"]).data).toEqual(["a"]);
  expect(() => makeTensor("FP32", [3], [1])).toThrow("makeTensor: [3] has 3 elements, got 1");
});

test("what is stacked is sliced again", () => {
  const rows = [makeTensor("FP32", [2], [1, 2]), makeTensor("FP32", [2], [3, 4])];
  const stacked = stack(rows);

  expect(stacked).toEqual(makeTensor("FP32", [2, 2], [1, 2, 3, 4]));
  expect(slice(stacked, 1)).toEqual(makeTensor("FP32", [1, 2], [3, 4]));
  expect(stack([makeTensor("BYTES", [1], ["a"]), makeTensor("BYTES", [1], ["b"])]).data).toEqual([
    "a",
    "b",
  ]);
  expect(() => slice(stacked, 1, 3)).toThrow("slice: expected rows between 0 and 2, got 1 to 3");
  expect(() => stack([...rows, makeTensor("FP32", [2, 1])] as typeof rows)).toThrow(
    "stack: expected FP32 [2], as the first has, got FP32 [2, 1]",
  );
});

test("scores become probabilities, and the best of them come first", () => {
  expect(softmax([1000, 1000])).toEqual([0.5, 0.5]);
  expect(topK(Float32Array.of(1, 3, 2, 3), 3)).toEqual([
    { index: 1, value: 3 },
    { index: 3, value: 3 },
    { index: 2, value: 2 },
  ]);
});

test("values are normalised by a mean and a deviation, vectors scaled to length 1", () => {
  expect(normalise([1, 2], { mean: [1, 1], std: 2 })).toEqual(Float32Array.of(0, 0.5));
  expect(unitLength(Float32Array.of(3, 4))).toEqual(Float32Array.of(0.6, 0.8));
  expect(unitLength(Float32Array.of(0, 0))).toEqual(Float32Array.of(0, 0));
});
