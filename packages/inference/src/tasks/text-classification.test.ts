import { describe, expect, test } from "bun:test";
import { classifyRows } from "./text-classification.ts";

function classify(logits: readonly number[], labels: readonly string[], multiLabel = false) {
  const shape = [logits.length / labels.length, labels.length];
  return classifyRows({
    logits: { datatype: "FP32", shape, data: Float32Array.from(logits) },
    labels,
    multiLabel,
  });
}

describe("logits", () => {
  test("become a label and scores that add up to 1, a row each", () => {
    const [first, second] = classify([0, Math.log(3), 5, 5], ["bad", "good"]);

    expect(first).toMatchObject({ kind: "classification", label: "good" });
    expect(first).toHaveProperty("score", expect.closeTo(0.75));
    expect(first).toHaveProperty("scores", {
      bad: expect.closeTo(0.25),
      good: expect.closeTo(0.75),
    });
    expect(second).toMatchObject({ label: "bad", score: 0.5 });
  });

  test("may be so large that their exponentials are infinite", () => {
    expect(classify([1_000, -1_000], ["a", "b"])).toMatchObject([
      { label: "a", score: 1, scores: { a: 1, b: 0 } },
    ]);
  });

  test("score each label for itself where several may hold, and where there is but one", () => {
    expect(classify([0, 0, -1_000], ["a", "b", "c"], true)).toMatchObject([
      { label: "a", scores: { a: 0.5, b: 0.5, c: 0 } },
    ]);
    expect(classify([0, -1_000], ["spam"])).toMatchObject([{ score: 0.5 }, { score: 0 }]);
  });

  test("of 64 bits are scored as well", () => {
    const logits = { datatype: "INT64", shape: [1, 2], data: BigInt64Array.of(0n, 9n) } as const;

    expect(classifyRows({ logits, labels: ["a", "b"], multiLabel: false })).toMatchObject([
      { label: "b" },
    ]);
  });
});
