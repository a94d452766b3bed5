import { defineHandler, t } from "@flotilla/handler";

interface Classification {
  readonly label: string;
  readonly score: number;
}

export const handler = defineHandler()({
  uses: ["language", "sentiment"],
  input: t.Object(
    { text: t.String({ minLength: 1, maxLength: 10_000 }) },
    { additionalProperties: false },
  ),
  examples: [{ text: "The rollout was painless" }, { text: "Der Kuchen war wunderbar" }],
  output: t.Object({
    label: t.String({
      description: "negative, neutral, positive; unsupported, where the text is not English",
    }),
    score: t.Optional(t.Number()),
    language: t.Object({ label: t.String(), score: t.Number() }),
  }),

  async predict({ text }, { predict }) {
    const { label, score } = await predict<Classification>("language", { text });
    const language = { label, score };
    if (label !== "en") return { label: "unsupported", language };
    const sentiment = await predict<Classification>("sentiment", { text });
    return { label: sentiment.label, score: sentiment.score, language };
  },
});
