import { defineHandler, makeTensor, softmax, t, unitLength } from "@flotilla/handler";
import type { Model } from "./model.types.ts";
import { ngrams } from "./ngrams.ts";

export const handler = defineHandler<Model>()({
  input: t.Object(
    { text: t.String({ minLength: 1, maxLength: 10_000 }) },
    { additionalProperties: false },
  ),
  examples: [{ text: "What a beautiful morning!" }, { text: "Wo ist der Bahnhof?" }],
  output: t.Object({
    label: t.String({ description: "ISO 639-1: de, en, es or fr" }),
    score: t.Number(),
    scores: t.Record(t.String(), t.Number()),
  }),

  async setup({ folder }) {
    const text = await Bun.file(`${folder}/labels.txt`).text();
    return { labels: text.trim().split("\n") };
  },

  preprocess: ({ text }) => ({
    ngrams: makeTensor("FP32", [1, 4096], unitLength(ngrams(text))),
  }),

  postprocess(outputs, { resources: { labels } }) {
    const scores = softmax(outputs.scores.data);
    const score = Math.max(...scores);
    return {
      label: labels[scores.indexOf(score)] ?? "",
      score,
      scores: Object.fromEntries(labels.map((label, at) => [label, scores[at] ?? 0])),
    };
  },
});
