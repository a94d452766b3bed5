import type { Prediction } from "../inference-request.ts";
import type { Tensor } from "../tensor.ts";

/**
 * One prediction a row of logits [rows, labels]: softmax, or a sigmoid each where several labels may hold, or where
 * there is but one, whose softmax is always 1.
 */
export function classifyRows(options: {
  readonly logits: Tensor;
  readonly labels: readonly string[];
  readonly multiLabel: boolean;
}): readonly Prediction[] {
  const { logits, labels, multiLabel } = options;
  const rows = logits.shape[0] ?? 0;
  return Array.from({ length: rows }, (_, row) => {
    const values = labels.map((_, label) => Number(logits.data[row * labels.length + label]));
    const scores = multiLabel || labels.length === 1 ? values.map(sigmoid) : softmax(values);
    const best = scores.indexOf(Math.max(...scores));
    return {
      kind: "classification",
      label: labels[best] ?? "",
      score: scores[best] ?? Number.NaN,
      scores: Object.fromEntries(
        labels.map((label, index) => [label, scores[index] ?? Number.NaN]),
      ),
    };
  });
}

/** The largest logit is taken off first: its exponential alone could be infinite. */
function softmax(values: readonly number[]): readonly number[] {
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
