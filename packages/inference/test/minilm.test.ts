import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  expectedOfMinilm,
  lacksMinilm,
  MINILM,
  WITH_MINILM,
} from "@flotilla/testkit/shared-models";
import { startTestEngine } from "./start-test-engine.ts";

setDefaultTimeout(120_000);

const WORDS = "the replica answered before its deadline and nobody noticed that one was gone".split(
  " ",
);

/** Texts of one to 120 words, all different. */
function mixedTexts(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => {
    const words = 1 + ((at * 37) % 120);
    const text = Array.from({ length: words }, (_, word) => WORDS[(at + word * 5) % WORDS.length]);
    return `${at}: ${text.join(" ")}`;
  });
}

function cosine(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let [dot, ones, others] = [0, 0, 0];
  for (let i = 0; i < one.length; i++) {
    const [a, b] = [one[i] ?? 0, other[i] ?? Number.NaN];
    dot += a * b;
    ones += a * a;
    others += b * b;
  }
  return dot / Math.sqrt(ones * others);
}

describe.skipIf(lacksMinilm)(WITH_MINILM, () => {
  const start = async () => {
    const { engine, predict } = await startTestEngine({ links: { minilm: MINILM } });
    const embed = async (texts: readonly string[]) =>
      (await predict("minilm", texts)).map((one) =>
        one.kind === "embedding" ? one.embedding : [],
      );
    return { engine, embed };
  };

  test("works by pointing at its folder: everything is read from its files", async () => {
    const { engine } = await start();

    expect(engine.models).toMatchObject([
      {
        name: "minilm",
        version: 1,
        task: "embedding",
        inputs: [{ name: "input_ids" }, { name: "attention_mask" }],
        outputs: [{ name: "sentence_embedding", datatype: "FP32", shape: [-1, 384] }],
      },
    ]);
  });

  test("embeds as ONNX Runtime and Hugging Face's tokenizers do in Python", async () => {
    const { embed } = await start();
    const expected = await expectedOfMinilm();
    const embeddings = await embed(expected.map(({ text }) => text));

    for (const [at, { embedding }] of expected.entries()) {
      expect(cosine(embeddings[at] ?? [], embedding)).toBeGreaterThan(0.999);
    }
  });

  test("embeds 200 texts of mixed length at once as it does each alone", async () => {
    const { embed } = await start();
    const texts = mixedTexts(200);
    const separately = texts.slice(100).map((text) => embed([text]));
    const together = [embed(texts.slice(0, 100)), ...separately];
    const embeddings = (await Promise.all(together)).flat();

    for (const [at, text] of texts.entries()) {
      const [alone = []] = await embed([text]);
      expect(cosine(embeddings[at] ?? [], alone)).toBeGreaterThan(0.999);
    }
  });
});
