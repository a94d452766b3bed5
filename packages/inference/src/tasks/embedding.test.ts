import { describe, expect, test } from "bun:test";
import type { Pooling } from "../model-source.ts";
import type { Tensor } from "../tensor.ts";
import { embedRows } from "./embedding.ts";

function tensor(shape: readonly number[], ...data: readonly number[]): Tensor {
  return { datatype: "FP32", shape, data: Float32Array.from(data) };
}

const MASK: Tensor = { datatype: "INT64", shape: [2, 2], data: BigInt64Array.of(1n, 1n, 1n, 0n) };
/** Two texts of two tokens, each a vector of two numbers; the second text's last token is padding. */
const TOKENS = tensor([2, 2, 2], 1, 2, 3, 6, 3, 4, 100, 100);

function embed(
  hidden: Tensor,
  pooling: Pooling,
  more: { normalize?: boolean; mask?: Tensor } = {},
) {
  return embedRows({ hidden, mask: more.mask, pooling, normalize: more.normalize ?? false }).map(
    (prediction) => (prediction.kind === "embedding" ? [...prediction.embedding] : []),
  );
}

describe("an embedding", () => {
  test("is what the graph pooled", () => {
    expect(embed(tensor([2, 2], 3, 4, 5, 6), "none")).toEqual([
      [3, 4],
      [5, 6],
    ]);
  });

  test("is the mean over the tokens that are no padding", () => {
    expect(embed(TOKENS, "mean", { mask: MASK })).toEqual([
      [2, 4],
      [3, 4],
    ]);
    expect(embed(TOKENS, "mean")[1]).toEqual([51.5, 52]);
  });

  test("is the first token's vector", () => {
    expect(embed(TOKENS, "cls", { mask: MASK })).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test("has length 1 where that is wanted, and stays 0 where it is 0", () => {
    const [scaled, zero] = embed(tensor([2, 2], 3, 4, 0, 0), "none", { normalize: true });

    expect(scaled).toEqual([Math.fround(0.6), Math.fround(0.8)]);
    expect(zero).toEqual([0, 0]);
  });

  test("of a float16 model is told in float32", () => {
    const hidden: Tensor = { datatype: "FP16", shape: [1, 2], data: Float16Array.of(0.5, -2) };

    expect(embed(hidden, "none")).toEqual([[0.5, -2]]);
  });
});
