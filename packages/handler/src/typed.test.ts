import { describe, expect, test } from "bun:test";
import { defineHandler, makeTensor, slice, stack, type Tensor, t } from "./api.ts";

// As `flotilla types` writes it.
interface Iris {
  inputs: { x: Tensor<"FP32", [number, 4]> };
  outputs: { label: Tensor<"INT64", [number]>; scores: Tensor<"FP32", [number, 3]> };
}

interface Memory {
  inputs: { x: Tensor<"FP32", [1, 2]> };
  outputs: { y: Tensor<"FP32", [1, 2]> };
  state: { memory: Tensor<"FP32", [1, 8]> };
}

const Flower = t.Object({ petal_length_cm: t.Number() });
const examples = [{ petal_length_cm: 4.2 }] as const;

// tsc reads this file with all others: an `@ts-expect-error` without its error fails `bun run check`.
describe("a handler's types", () => {
  test("come from the model, the schema and what setup gives", () => {
    const handler = defineHandler<Iris>()({
      input: Flower,
      examples,
      output: t.Object({ label: t.String() }),
      async setup({ folder }) {
        return { labels: [folder, "b", "c"] };
      },
      preprocess: (input) => ({ x: makeTensor("FP32", [1, 4], [input.petal_length_cm, 0, 0, 0]) }),
      postprocess(outputs, { resources, input, tensors }) {
        const first: Float32Array = tensors.x.data;
        const label = resources.labels[Number(outputs.label.data[0])] ?? `${first[0]}`;
        return { label: input.petal_length_cm > 0 ? label : "" };
      },
    });
    expect(handler.examples).toEqual(examples);
  });

  test("refuse another tensor's name, another element type and another dimension", () => {
    defineHandler<Iris>()({
      input: Flower,
      examples,
      // @ts-expect-error: the model has no input `y`
      preprocess: () => ({ y: makeTensor("FP32", [1, 4]) }),
      // @ts-expect-error: the model has no output `logits`
      postprocess: (outputs) => outputs.logits,
    });
    defineHandler<Iris>()({
      input: Flower,
      examples,
      // @ts-expect-error: x is FP32
      preprocess: () => ({ x: makeTensor("FP64", [1, 4]) }),
      postprocess: () => null,
    });
    defineHandler<Iris>()({
      input: Flower,
      examples,
      // @ts-expect-error: rows of x have 4 elements
      preprocess: () => ({ x: makeTensor("FP32", [1, 5]) }),
      postprocess: () => null,
    });
    // @ts-expect-error: FP32 is no BigInt64Array
    expect(() => makeTensor("FP32", [1], new BigInt64Array(1))).toThrow();
  });

  test("know raw bodies by what is accepted, and an answer by its schema", () => {
    defineHandler<Iris>()({
      accepts: ["image/png"],
      examples: [{ file: "cat.png", mediaType: "image/png" }],
      output: t.Object({ size: t.Number() }),
      preprocess(input) {
        const bytes: Uint8Array = input.data;
        return { x: makeTensor("FP32", [1, 4], Array.from(bytes.subarray(0, 4))) };
      },
      // @ts-expect-error: `output` says { size }
      postprocess: (_, { input }) => ({ length: input.data.length }),
    });
  });

  test("know a conversation's state", () => {
    defineHandler<Memory>()({
      input: Flower,
      examples,
      preprocess: (_, { state }) => ({
        x: makeTensor("FP32", [1, 2], [state.memory.data[0] ?? 0, 0]),
      }),
      postprocess(outputs, { nextState }) {
        nextState.memory = makeTensor("FP32", [1, 8]);
        return outputs.y.data;
      },
    });
  });

  test("take whole batches, too, or no model at all", () => {
    defineHandler<Iris>()({
      input: Flower,
      examples,
      preprocessBatch: (inputs) => ({
        x: stack(inputs.map((input) => makeTensor("FP32", [4], [input.petal_length_cm, 0, 0, 0]))),
      }),
      postprocessBatch: (outputs, { inputs }) =>
        inputs.map((_, row) => slice(outputs.scores, row).data),
    });
    defineHandler()({
      input: t.Object({ text: t.String() }),
      examples: [{ text: "hello" }],
      uses: ["language"],
      predict: async ({ text }, { predict }) =>
        await predict<{ label: string }>("language", { text }),
    });
  });
});
