import { expect, test } from "bun:test";
import { exampleRequest } from "./example-request.ts";

const model = (task: string, inputs: Parameters<typeof exampleRequest>[0]["inputs"]) => ({
  name: "m",
  versions: ["1"],
  default_version: "1",
  task,
  inputs,
});

test("a handler is asked with its own example, as far as it takes JSON", () => {
  const example = { petal_length_cm: 4.2 };

  expect(exampleRequest({ ...model("handler", []), examples: [example] })).toEqual({
    http: example,
    grpc: { json: example },
  });
  expect(exampleRequest({ ...model("handler", []), examples: [] })).toBeUndefined();
});

test("a model of texts is asked with a text", () => {
  const text = { text: "the rollout was painless" };

  expect(exampleRequest(model("text-classification", []))).toEqual({ http: text, grpc: text });
});

test("a model of tensors is asked with inputs of its shapes, a variable dimension being 1", () => {
  const example = exampleRequest(
    model("tensor", [
      { name: "x", datatype: "FP32", shape: [-1, 2] },
      { name: "flag", datatype: "BOOL", shape: [] },
      { name: "word", datatype: "BYTES", shape: [1] },
      { name: "half", datatype: "FP16", shape: [1] },
    ]),
  );

  expect(example?.http).toEqual({
    inputs: { x: [[0, 0]], flag: false, word: ["text"], half: [0] },
  });
  expect(example?.grpc).toEqual({
    tensors: {
      inputs: {
        x: { datatype: "FP32", shape: [1, 2], contents: { fp32Contents: [0, 0] } },
        flag: { datatype: "BOOL", shape: [], contents: { boolContents: [false] } },
        word: { datatype: "BYTES", shape: [1], contents: { bytesContents: ["dGV4dA=="] } },
        half: { datatype: "FP16", shape: [1], raw: "AAA=" },
      },
    },
  });
});

test("inputs that fill a screen are not shown", () => {
  const image = { name: "image", datatype: "FP32", shape: [-1, 3, 224, 224] };

  expect(exampleRequest(model("tensor", [image]))).toBeUndefined();
});
