import { expect, test } from "bun:test";
import { join } from "node:path";
import { lacksMinilm, MINILM, WITH_MINILM } from "@flotilla/testkit/shared-models";
import { Tokenizer } from "@huggingface/tokenizers";
import type { Workload } from "../src/stacks/stack.ts";
import { workloadInputs } from "../src/stacks/workload-inputs.ts";

test("no input of a workload comes twice", async () => {
  for (const workload of ["mlp", "sentiment", "minilm", "minilm-mixed"] as const) {
    const inputs = await workloadInputs(workload);
    const all = inputs.kind === "texts" ? inputs.texts : inputs.features.map(String);
    expect(new Set(all).size).toBe(200);
    expect(all).not.toContain("");
  }
});

test.skipIf(lacksMinilm)(
  `${WITH_MINILM}: the texts of a workload have 10 tokens, or all numbers of tokens from 4 to 128`,
  async () => {
    const tokenizer = new Tokenizer(await Bun.file(join(MINILM, "tokenizer.json")).json(), {});
    const lengths = async (workload: Workload) => {
      const inputs = await workloadInputs(workload);
      if (inputs.kind !== "texts") throw new Error("not texts");
      return new Set(inputs.texts.map((text) => tokenizer.encode(text).ids.length));
    };
    expect(await lengths("minilm")).toEqual(new Set([10]));
    const mixed = [...(await lengths("minilm-mixed"))].toSorted((a, b) => a - b);
    expect(mixed).toEqual(Array.from({ length: 125 }, (_, at) => at + 4));
  },
);
