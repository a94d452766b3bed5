import { defineHandler, makeTensor, type Tensor, t } from "@flotilla/handler";
import { Tokenizer } from "@huggingface/tokenizers";

interface Model {
  inputs: {
    input_ids: Tensor<"INT64", [number, number]>;
    attention_mask: Tensor<"INT64", [number, number]>;
  };
  outputs: { sentence_embedding: Tensor<"FP32", [number, 384]> };
}

const MAX_LENGTH = 128;

/** What the built-in embedding does: one text, as the graph pools it. */
export const handler = defineHandler<Model>()({
  input: t.Object({ text: t.String() }, { additionalProperties: false }),
  examples: [{ text: "The first text of a new replica." }, { text: "No" }],
  async setup({ folder }) {
    return new Tokenizer(await Bun.file(`${folder}/tokenizer.json`).json(), {});
  },
  preprocess({ text }, { resources: tokenizer }) {
    const { ids } = tokenizer.encode(text);
    const kept =
      ids.length > MAX_LENGTH ? [...ids.slice(0, MAX_LENGTH - 1), ...ids.slice(-1)] : ids;
    const shape = [1, kept.length] as const;
    return {
      input_ids: makeTensor("INT64", shape, BigInt64Array.from(kept, BigInt)),
      attention_mask: makeTensor("INT64", shape, new BigInt64Array(kept.length).fill(1n)),
    };
  },
  postprocess: ({ sentence_embedding }) => ({ embedding: sentence_embedding.data }),
});
