import { defineHandler, makeTensor, normalise, softmax, t, topK } from "@flotilla/handler";
import type { Model } from "./model.types.ts";
import { readPicture } from "./read-picture.ts";

const SIDE = 32;

export const handler = defineHandler<Model>()({
  accepts: ["image/png", "image/jpeg"],
  examples: [
    { file: "held-out/cat-1.png", mediaType: "image/png" },
    { file: "held-out/boat-1.jpg", mediaType: "image/jpeg" },
  ],
  output: t.Object({
    labels: t.Array(t.Object({ label: t.String(), score: t.Number() }), {
      description: "The five likeliest, the likeliest first",
    }),
  }),

  async setup({ folder }) {
    const text = await Bun.file(`${folder}/labels.txt`).text();
    return { labels: text.trim().split("\n") };
  },

  async preprocess({ data }) {
    const planes = await readPicture(data, SIDE);
    // As in training: from 0 … 255 to -1 … 1.
    const pixels = normalise(planes, { mean: 127.5, std: 127.5 });
    return { pixels: makeTensor("FP32", [1, 3, SIDE, SIDE], pixels) };
  },

  postprocess({ scores }, { resources }) {
    const best = topK(softmax(scores.data), 5);
    return {
      labels: best.map(({ index, value }) => ({
        label: resources.labels[index] ?? `${index}`,
        score: value,
      })),
    };
  },
});
