import { constant, onnxModel } from "@flotilla/testkit/onnx-builder";

const value = (
  name: string,
  type: "FP32" | "INT64" | "BOOL" | "BYTES" | "UINT8",
  ...shape: (number | string)[]
) => ({ name, type, shape: ["batch", ...shape] }) as const;

/** Whatever a model may have that nobody has seen: names, element types, variable sizes, single values, strings. */
export function oddModel(): Uint8Array {
  return onnxModel({
    inputs: [
      value("pixels:0", "FP32", "height", "width", 3),
      value("ids", "INT64", "tokens"),
      value("mask", "INT64", "tokens"),
      value("is new?", "BOOL", 1),
      value("words", "BYTES", 2),
      value("class", "UINT8"),
    ],
    outputs: [
      value("pixels/out", "FP32", "height", "width", 3),
      value("sum", "INT64", "tokens"),
      value("is old", "BOOL", 1),
      value("said", "BYTES", 2),
      value("instances", "UINT8"),
    ],
    nodes: [
      { op: "Identity", inputs: ["pixels:0"], outputs: ["pixels/out"] },
      { op: "Add", inputs: ["ids", "mask"], outputs: ["sum"] },
      { op: "Not", inputs: ["is new?"], outputs: ["is old"] },
      { op: "Identity", inputs: ["words"], outputs: ["said"] },
      { op: "Identity", inputs: ["class"], outputs: ["instances"] },
    ],
  });
}

/** Without a batch: a vector, a single number, and lists inside a list. */
export function batchlessModel(): Uint8Array {
  const values = (names: readonly [string, string, string]) =>
    [
      { name: names[0], type: "FP64", shape: [3] },
      { name: names[1], type: "INT32", shape: [] },
      { name: names[2], type: "FP16", shape: ["rows", "columns"] },
    ] as const;
  return onnxModel({
    inputs: values(["x", "k", "h"]),
    outputs: values(["y", "l", "i"]),
    nodes: [
      { op: "Identity", inputs: ["x"], outputs: ["y"] },
      { op: "Identity", inputs: ["k"], outputs: ["l"] },
      { op: "Identity", inputs: ["h"], outputs: ["i"] },
    ],
  });
}

/** `index` [batch] → `y`: an element of a table of one, and an error for any index but -9. */
export function pickyModel(): Uint8Array {
  return onnxModel({
    inputs: [{ name: "index", type: "INT64", shape: ["batch"] }],
    outputs: [{ name: "y", type: "FP32", shape: ["batch"] }],
    nodes: [
      { op: "Add", inputs: ["index", "nine"], outputs: ["place"] },
      { op: "Gather", inputs: ["table", "place"], outputs: ["y"] },
    ],
    constants: [
      constant({ name: "nine", shape: [1], data: BigInt64Array.of(9n) }),
      constant({ name: "table", shape: [1], data: Float32Array.of(0) }),
    ],
  });
}
