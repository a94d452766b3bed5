import { expect, test } from "bun:test";
import { renderModelTypes } from "./render-model-types.ts";

const spec = (name: string, shape: readonly number[]) =>
  ({ name, datatype: "FP32", shape, symbols: [] }) as const;

test("a model's types have its names, element types, fixed sizes and state", () => {
  const types = renderModelTypes({
    inputs: [
      spec("x", [-1, 4]),
      { name: "scale", datatype: "INT64", shape: [], symbols: [] },
      { name: "words", datatype: "BYTES", shape: [-1, -1], symbols: [] },
    ],
    outputs: [spec("logits", [-1, 3])],
    state: [
      {
        input: "memory",
        output: "next_memory",
        datatype: "FP32",
        shape: [1, 8],
        initial: 0,
        bytes: 32,
      },
    ],
    batch: "dynamic",
  });

  expect(types).toBe(`// Written by \`flotilla types\` from the ONNX file; it is overwritten.
import type { Tensor } from "@flotilla/handler";

export interface Model {
  inputs: {
    x: Tensor<"FP32", [number, 4]>;
    scale: Tensor<"INT64", []>;
    words: Tensor<"BYTES", [number, number]>;
  };
  outputs: {
    logits: Tensor<"FP32", [number, 3]>;
  };
  state: {
    memory: Tensor<"FP32", [1, 8]>;
  };
}
`);
});

test("whatever a tensor is called, it is one key and no code", () => {
  const names = ["input:0", 'a"b', "*/ x", "new\nline", "back\\slash", "1st", "", "é"];
  const types = renderModelTypes({
    inputs: names.map((name) => spec(name, [1])),
    outputs: [spec("class", [1])],
    state: [],
    batch: "none",
  });
  const lines = types.split("\n").filter((line) => line.endsWith('Tensor<"FP32", [1]>;'));

  expect(lines.map((line) => line.trim().replace(/: Tensor.*$/, ""))).toEqual([
    '"input:0"',
    '"a\\"b"',
    '"*/ x"',
    '"new\\nline"',
    '"back\\\\slash"',
    '"1st"',
    '""',
    '"é"',
    "class",
  ]);
  expect(() => new Bun.Transpiler({ loader: "ts" }).transformSync(types)).not.toThrow();
});
