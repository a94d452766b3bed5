import { softmax } from "@flotilla/handler";
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

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
