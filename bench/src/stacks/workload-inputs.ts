import { join } from "node:path";
import { SENTIMENT } from "@flotilla/testkit/shared-models";
import type { Workload } from "./stack.ts";

/** What a stack is asked, in no stack's own form. */
export type WorkloadInputs =
  | { readonly kind: "features"; readonly features: readonly (readonly number[])[] }
  | { readonly kind: "texts"; readonly texts: readonly string[] };

const COUNT = 200;

/** Each is one token of MiniLM's, so a text's tokens are its words and the two that stand around it. */
const WORDS =
  "the quick brown fox jumps over lazy dogs while servers behind gates answer conversations machine model release failed monday coffee rain train".split(
    " ",
  );

/** 200 for each workload, all different, and always the same. */
export async function workloadInputs(workload: Workload): Promise<WorkloadInputs> {
  switch (workload) {
    case "mlp":
      return { kind: "features", features: times((at) => featuresAt(at)) };
    case "sentiment":
      return { kind: "texts", texts: await heldOutTexts() };
    case "minilm":
      return { kind: "texts", texts: times((at) => textOf({ tokens: 10, at })) };
    case "minilm-mixed":
      // Every length from 4 to 128 tokens equally often, and no two neighbours alike.
      return { kind: "texts", texts: times((at) => textOf({ tokens: 4 + ((at * 37) % 125), at })) };
  }
}

function featuresAt(at: number): readonly number[] {
  return Array.from({ length: 64 }, (_, feature) => Math.fround(Math.sin(at * 64 + feature)));
}

function textOf({ tokens, at }: { readonly tokens: number; readonly at: number }): string {
  const turn = Math.floor(at / WORDS.length);
  const words = Array.from(
    { length: tokens - 2 },
    (_, word) => WORDS[(turn + at * (word + 1) + word * 7) % WORDS.length],
  );
  return words.join(" ");
}

/** Sentences that the model was not trained on, of all its labels. */
async function heldOutTexts(): Promise<readonly string[]> {
  const lines = (await Bun.file(join(SENTIMENT, "training/held-out.tsv")).text())
    .trim()
    .split("\n");
  return times((at) => lines[Math.floor((at * lines.length) / COUNT)]?.split("\t")[1] ?? "");
}

function times<T>(make: (at: number) => T): readonly T[] {
  return Array.from({ length: COUNT }, (_, at) => make(at));
}
