import { unitLength } from "@flotilla/handler";
import type { Prediction } from "../inference-request.ts";
import type { Pooling } from "../model-source.ts";
import type { Tensor } from "../tensor.ts";

/**
 * One embedding a row: of [rows, size] as it is, of [rows, tokens, size] by the first token or by the mean over the
 * tokens that the mask [rows, tokens] keeps, as Sentence Transformers pools.
 */
export function embedRows(options: {
  readonly hidden: Tensor;
  readonly mask: Tensor | undefined;
  readonly pooling: Pooling;
  readonly normalize: boolean;
}): readonly Prediction[] {
  const { hidden, mask, pooling, normalize } = options;
  const rows = hidden.shape[0] ?? 0;
  const size = hidden.shape.at(-1) ?? 0;
  const tokens = hidden.shape.length === 3 ? (hidden.shape[1] ?? 0) : 1;
  const data =
    hidden.data instanceof Float32Array
      ? hidden.data
      : Float32Array.from(hidden.data as ArrayLike<number>);
  return Array.from({ length: rows }, (_, row) => {
    const vectors = data.subarray(row * tokens * size, (row + 1) * tokens * size);
    const embedding =
      pooling === "mean"
        ? meanOverTokens(vectors, size, (token) => Number(mask?.data[row * tokens + token] ?? 1))
        : vectors.slice(0, size);
    return { kind: "embedding", embedding: normalize ? unitLength(embedding) : embedding };
  });
}

/** Plain loops, for this is most of what an embedding costs beside its run. */
function meanOverTokens(
  vectors: Float32Array,
  size: number,
  weightOf: (token: number) => number,
): Float32Array {
  const mean = new Float32Array(size);
  let weights = 0;
  for (let start = 0; start < vectors.length; start += size) {
    if (weightOf(start / size) === 0) continue;
    weights += 1;
    for (let at = 0; at < size; at++) (mean[at] as number) += vectors[start + at] as number;
  }
  for (let at = 0; at < size; at++) (mean[at] as number) /= Math.max(1, weights);
  return mean;
}
