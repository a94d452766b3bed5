import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type {
  InferenceAnswer,
  InferenceInput,
  InferenceOutput,
  Prediction,
} from "./inference-request.ts";
import { joinAnswers, splitRequest } from "./split-request.ts";

function rowsOfTwo(rows: number): InferenceInput {
  const data = Float32Array.from({ length: rows * 2 }, (_, index) => index);
  return { kind: "tensors", tensors: { x: { datatype: "FP32", shape: [rows, 2], data } }, rows };
}

function labelled(label: string): Prediction {
  return { kind: "classification", label, score: 1, scores: {} };
}

function echo(input: InferenceInput): InferenceAnswer {
  if (input.kind === "turn") throw new Error("a turn is not split");
  const output: InferenceOutput =
    input.kind === "tensors"
      ? { kind: "tensors", tensors: input.tensors }
      : {
          kind: "predictions",
          predictions: input.inputs.map((one) => labelled(`${"text" in one && one["text"]}`)),
        };
  return { output, queueMs: 1, inferMs: 2 };
}

describe("a request", () => {
  test("of tensors is cut to batches, and their answers are its own in order", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9 }), (rows, most) => {
        const input = rowsOfTwo(rows);
        const parts = splitRequest(input, { batch: "dynamic", maxBatch: most });

        expect(parts).toHaveLength(Math.ceil(rows / most));
        expect(joinAnswers(parts.map(echo)).output).toEqual(echo(input).output);
      }),
    );
  });

  test("gives each part its own memory, since a view takes the whole along to the worker", () => {
    const parts = splitRequest(rowsOfTwo(4), { batch: "dynamic", maxBatch: 1 });
    const buffers = parts.flatMap((part) =>
      part.kind === "tensors" ? [part.tensors["x"]?.data as Float32Array] : [],
    );

    expect(buffers.map(({ buffer }) => buffer.byteLength)).toEqual([8, 8, 8, 8]);
  });

  test.each([8, "none"] as const)("to a model whose batch is %p is never cut", (batch) => {
    const input = rowsOfTwo(8);

    expect(splitRequest(input, { batch, maxBatch: 4 })).toEqual([input]);
  });

  test("of texts is cut to single texts, so that each meets its own length", () => {
    const input = {
      kind: "inputs",
      inputs: [{ text: "a" }, { text: "b" }, { text: "c" }],
    } as const;
    const parts = splitRequest(input, { batch: "dynamic", maxBatch: 8 });

    expect(parts).toEqual(["a", "b", "c"].map((text) => ({ kind: "inputs", inputs: [{ text }] })));
    expect(joinAnswers(parts.map(echo)).output).toEqual(echo(input).output);
  });

  test("waited as long as the last of its parts", () => {
    const { output } = echo(rowsOfTwo(1));
    const joined = joinAnswers([
      { output, queueMs: 1, inferMs: 9 },
      { output, queueMs: 8, inferMs: 2 },
    ]);

    expect(joined).toMatchObject({ queueMs: 8, inferMs: 9 });
  });
});
