import { defineHandler, makeTensor, type Tensor, t } from "@flotilla/handler";

interface Model {
  inputs: { features: Tensor<"FP32", [number, 64]> };
  outputs: { scores: Tensor<"FP32", [number, 10]> };
}

/** As little as a handler can do. */
export const handler = defineHandler<Model>()({
  input: t.Object({ features: t.Array(t.Number(), { minItems: 64, maxItems: 64 }) }),
  examples: [{ features: new Array<number>(64).fill(0.5) }],
  preprocess: ({ features }) => ({ features: makeTensor("FP32", [1, 64], features) }),
  postprocess: (outputs) => ({ scores: outputs.scores.data }),
});
