/** Numbers to probabilities, together 1. The largest is taken off first: its exponential alone could be infinite. */
export function softmax(values: ArrayLike<number>): number[] {
  const all = Array.from(values);
  const largest = all.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const powers = all.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** The `k` largest, the largest first, with their positions; equal ones in their order. */
export function topK(
  values: ArrayLike<number>,
  k: number,
): { readonly index: number; readonly value: number }[] {
  return Array.from(values, (value, index) => ({ index, value }))
    .sort((a, b) => b.value - a.value || a.index - b.index)
    .slice(0, k);
}

/** Each value less the mean, by the standard deviation: one for all, or one for each. */
export function normalise(
  values: ArrayLike<number>,
  { mean, std }: { readonly mean: OneOrEach; readonly std: OneOrEach },
): Float32Array {
  return Float32Array.from(values, (value, at) => (value - pick(mean, at)) / pick(std, at));
}

/** The vector scaled to length 1; one of zeros stays. */
export function unitLength(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  return length === 0 ? vector : vector.map((value) => value / length);
}

type OneOrEach = number | ArrayLike<number>;

function pick(from: OneOrEach, at: number): number {
  return typeof from === "number" ? from : (from[at] ?? Number.NaN);
}
