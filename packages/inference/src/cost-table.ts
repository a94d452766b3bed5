/** One measurement: a batch of so many rows, each of that length, took so long. */
export interface CostSample {
  readonly rows: number;
  readonly length: number;
  readonly ms: number;
}

/** How long a batch takes, from what the warm-up measured and what every batch since has shown. */
export interface CostTable {
  predictMs(rows: number, length: number): number;
  observe(sample: CostSample): void;
}

/**
 * No line is drawn further than this many times the greatest length that was measured: inputs of variable size are
 * warmed up with the smallest, and 16,000 times that was a guess that had a replica refuse everybody else. The first
 * batch beyond it is a measurement of its own.
 */
const REACH = 4;

/** How much of a batch's surprise the table believes: one slow run on a busy host must not change the policy. */
const LEARNING_RATE = 0.1;

export function createCostTable(samples: readonly CostSample[]): CostTable {
  const lengths = [...new Set(samples.map(({ length }) => length))].sort((a, b) => a - b);
  const columns = lengths.map((length) =>
    samples
      .filter((sample) => sample.length === length)
      .map(({ rows, ms }) => ({ at: rows, ms }))
      .sort((a, b) => a.at - b.at),
  );

  const reach = () => REACH * (lengths.at(-1) ?? 0);
  const predictMs = (rows: number, length: number): number =>
    interpolate(
      lengths.map((at, index) => ({ at, ms: interpolate(columns[index] ?? [], rows) })),
      Math.min(length, reach()),
    );

  return {
    predictMs,
    observe({ rows, length, ms }) {
      if (length > reach()) {
        lengths.push(length);
        columns.push([{ at: rows, ms }]);
        return;
      }
      const column = columns[nearest(lengths, length)];
      const cell =
        column?.[
          nearest(
            column.map(({ at }) => at),
            rows,
          )
        ];
      if (cell === undefined) return;
      const surprise = Math.min(2, Math.max(0.5, ms / predictMs(rows, length)));
      cell.ms *= 1 + LEARNING_RATE * (surprise - 1);
    },
  };
}

interface Point {
  readonly at: number;
  readonly ms: number;
}

/** Constant below the first point, linear between points, on the last two's line above the last. */
function interpolate(points: readonly Point[], at: number): number {
  const first = points[0];
  if (first === undefined || at <= first.at) return first?.ms ?? 0;
  const above = points.findIndex((point) => point.at >= at);
  const right = points.at(above === -1 ? -1 : above) ?? first;
  // A single point says nothing of the slope above it: take the cost as proportional.
  const left =
    points.length === 1 ? { at: 0, ms: 0 } : (points[points.indexOf(right) - 1] ?? first);
  // Measured twice at one place: there is no line through the two.
  if (right.at === left.at) return right.ms;
  const slope = Math.max(0, (right.ms - left.ms) / (right.at - left.at));
  return left.ms + slope * (at - left.at);
}

function nearest(values: readonly number[], wanted: number): number {
  let best = 0;
  for (const [index, value] of values.entries()) {
    if (Math.abs(value - wanted) < Math.abs((values[best] ?? 0) - wanted)) best = index;
  }
  return best;
}
