import { describe, expect, test } from "bun:test";
import type { Datatype } from "../datatype.ts";
import type { ModelSource } from "../model-source.ts";
import type { TensorSpec } from "../tensor.ts";
import { checkState } from "./check-state.ts";

const SOURCE: ModelSource = {
  name: "m",
  version: 1,
  task: "tensor",
  folder: "m",
  manifestFile: "m/model.yaml",
  onnxFile: "m/model.onnx",
  multiLabel: false,
  runTimeoutMs: 5_000,
};

function spec(name: string, shape: readonly number[], datatype: Datatype = "FP32"): TensorSpec {
  return { name, datatype, shape, symbols: shape.map(() => undefined) };
}

function pair(input: string, output: string, initial = 0) {
  const at = { input: `${input}:1`, output: `${output}:2`, initial: `${input}:3` };
  return { input, output, initial, at };
}

const X = spec("x", [-1, 2]);
const Y = spec("y", [-1, 2]);
const INPUTS = [X, spec("memory", [-1, 4]), spec("count", [-1], "INT8")];
const OUTPUTS = [spec("next_count", [-1], "INT8"), Y, spec("next", [-1, 4])];

function check(
  state: ModelSource["state"],
  signature: {
    readonly inputs?: readonly TensorSpec[];
    readonly outputs?: readonly TensorSpec[];
  } = {},
) {
  const checked = checkState(
    { ...SOURCE, state },
    { inputs: INPUTS, outputs: OUTPUTS, ...signature },
  );
  return checked.ok ? checked.value : checked.problems;
}

describe("a model's state", () => {
  test("is taken out of what clients send and get", () => {
    expect(check([pair("memory", "next", 0.5), pair("count", "next_count", -128)])).toEqual({
      inputs: [X],
      outputs: [Y],
      state: [
        {
          input: "memory",
          output: "next",
          datatype: "FP32",
          shape: [1, 4],
          initial: 0.5,
          bytes: 16,
        },
        {
          input: "count",
          output: "next_count",
          datatype: "INT8",
          shape: [1],
          initial: -128,
          bytes: 1,
        },
      ],
    });
  });

  test("is none where model.yaml names none", () => {
    expect(check(undefined)).toEqual({ inputs: INPUTS, outputs: OUTPUTS, state: [] });
  });

  test("may be for one row", () => {
    const signature = { inputs: [spec("a", [1, 4])], outputs: [spec("b", [1, 4])] };

    expect(check([pair("a", "b")], signature)).toMatchObject({ state: [{ shape: [1, 4] }] });
  });
});

describe("a state is refused, by place and mend,", () => {
  test("when the ONNX file has no such name, or another pair has it", () => {
    expect(check([pair("memry", "nxt"), pair("memory", "next"), pair("memory", "next")])).toEqual([
      "memry:1: expected an input of the ONNX file that no other pair has, got memry; mend: use one of x, memory, count",
      "nxt:2: expected an output of the ONNX file that no other pair has, got nxt; mend: use one of next_count, y, next",
      "memory:1: expected an input of the ONNX file that no other pair has, got memory; mend: use one of x, count",
      "next:2: expected an output of the ONNX file that no other pair has, got next; mend: use one of next_count, y",
    ]);
  });

  test("when the two are not alike", () => {
    expect(check([pair("memory", "y"), pair("count", "next")])).toEqual([
      "y:2: expected FP32 [-1, 4], as the input memory is, got FP32 [-1, 2]; mend: pair it with its own input",
      "next:2: expected INT8 [-1], as the input count is, got FP32 [-1, 4]; mend: pair it with its own input",
    ]);
  });

  test.each([[[-1, -1]], [[4, 2]], [[]]])("when its shape is %j", (shape) => {
    const signature = { inputs: [spec("a", shape)], outputs: [spec("b", shape)] };

    expect(check([pair("a", "b")], signature)).toEqual([
      `a:1: expected the batch first, dynamic or 1, and fixed sizes after it, got FP32 [${shape.join(", ")}]; mend: export the model so`,
    ]);
  });

  test("when one has a dynamic batch and another has not", () => {
    const inputs = [spec("a", [-1, 4]), spec("b", [1, 4])];
    const outputs = [spec("next_a", [-1, 4]), spec("next_b", [1, 4])];

    expect(check([pair("a", "next_a"), pair("b", "next_b")], { inputs, outputs })).toEqual([
      "a:1: expected the batch to be dynamic in every state, or 1 in every one; mend: export the model so",
    ]);
  });

  test.each([
    ["INT8", 128, "a:3: expected a whole number from -128 to 127, got 128; mend: change it"],
    ["INT64", 0.5, /^a:3: expected a whole number .*, got 0\.5; mend: change it$/],
    ["BOOL", 2, "a:3: expected true or false, got 2; mend: change it"],
    [
      "FP16",
      1e9,
      "a:3: expected a number in the datatype's range, got 1000000000; mend: change it",
    ],
    [
      "BYTES",
      0,
      "a:1: expected numbers, which a state is made of, got strings; mend: remove the pair",
    ],
  ] as const)("when %s cannot begin with %d", (datatype, initial, problem) => {
    const signature = { inputs: [spec("a", [-1], datatype)], outputs: [spec("b", [-1], datatype)] };

    expect(check([pair("a", "b", initial)], signature)).toEqual([
      typeof problem === "string" ? problem : expect.stringMatching(problem),
    ]);
  });

  test("but not when BOOL begins with 1", () => {
    const signature = { inputs: [spec("a", [-1], "BOOL")], outputs: [spec("b", [-1], "BOOL")] };

    expect(check([pair("a", "b", 1)], signature)).toMatchObject({ state: [{ initial: 1 }] });
  });
});
