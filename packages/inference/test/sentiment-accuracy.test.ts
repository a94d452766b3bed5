import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { SENTIMENT } from "@flotilla/testkit/shared-models";
import { startTestEngine } from "./start-test-engine.ts";

setDefaultTimeout(120_000);

const TRAINING = join(SENTIMENT, "training");
const LABELS = ["negative", "neutral", "positive"] as const;

async function linesOf(file: string): Promise<readonly string[]> {
  return (await Bun.file(join(TRAINING, file)).text()).split("\n").filter((line) => line !== "");
}

async function labelled(file: string) {
  return (await linesOf(file)).map((line) => {
    const [label = "", text = ""] = line.split("\t");
    return { label, text };
  });
}

/** Changing letters' case, digits or punctuation hides no copy. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[\d\W_]+/g, " ")
    .trim();
}

describe("the committed sentiment model", async () => {
  const heldOut = await labelled("held-out.tsv");

  test("labels 75 % of the held-out texts rightly", async () => {
    const { predict } = await startTestEngine({ links: { sentiment: SENTIMENT } });
    const texts = heldOut.map(({ text }) => text);
    const answers = [];
    for (let start = 0; start < texts.length; start += 100) {
      answers.push(...(await predict("sentiment", texts.slice(start, start + 100))));
    }
    const right = answers.filter(
      (answer, at) => answer.kind === "classification" && answer.label === heldOut[at]?.label,
    ).length;
    const accuracy = right / heldOut.length;
    process.stdout.write(
      `sentiment: ${right} of ${heldOut.length} held-out texts, ${(100 * accuracy).toFixed(1)} %\n`,
    );

    expect(answers).toHaveLength(heldOut.length);
    expect(accuracy).toBeGreaterThanOrEqual(0.75);
  });

  test("says what the README shows", async () => {
    const { predict } = await startTestEngine({ links: { sentiment: SENTIMENT } });

    expect(
      await predict("sentiment", ["the rollout was painless", "nothing works since the update"]),
    ).toMatchObject([{ label: "positive" }, { label: "negative" }]);
  });

  test("was trained on at least 500 texts a class, and on none of the fifth that is held out", async () => {
    const held = new Set(heldOut.map(({ text }) => text));
    const trained = (await labelled("lexicon.tsv")).map(({ text }) => plain(text));
    for (const label of LABELS) {
      const all = await linesOf(`texts/${label}.txt`);
      const kept = all.filter((text) => !held.has(text));
      expect(all.length).toBeGreaterThanOrEqual(500);
      expect(all.length - kept.length).toBe(Math.floor(all.length / 5));
      trained.push(...kept.map(plain));
    }

    const known = new Set(trained);
    expect(heldOut.filter(({ text }) => known.has(plain(text)))).toEqual([]);
    expect(new Set(heldOut.map(({ text }) => plain(text))).size).toBe(heldOut.length);
  });
});
