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
  const columns = lengths.map((length) => {
    const column = samples.filter((sample) => sample.length === length);
    column.sort((a, b) => a.rows - b.rows);
    return { rows: column.map(({ rows }) => rows), ms: column.map(({ ms }) => ms) };
  });

  const reach = () => REACH * (lengths.at(-1) ?? 0);
  // For each request that comes, and for each that waits when a batch is chosen: nothing is allocated for it.
  const msByLength: number[] = [];
  const predictMs = (rows: number, length: number): number => {
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at];
      msByLength[at] = column === undefined ? 0 : interpolate(column.rows, column.ms, rows);
    }
    return interpolate(lengths, msByLength, Math.min(length, reach()));
  };

  return {
    predictMs,
    observe({ rows, length, ms }) {
      if (length > reach()) {
        lengths.push(length);
        columns.push({ rows: [rows], ms: [ms] });
        return;
      }
      const column = columns[nearest(lengths, length)];
      if (column === undefined) return;
      const surprise = Math.min(2, Math.max(0.5, ms / predictMs(rows, length)));
      const cell = nearest(column.rows, rows);
      column.ms[cell] = (column.ms[cell] ?? ms) * (1 + LEARNING_RATE * (surprise - 1));
    },
  };
}

/**
 * Constant below the first point, linear between points, on the last two's line above the last; `at`: where the points
 * are, ascending.
 */
function interpolate(at: readonly number[], ms: readonly number[], wanted: number): number {
  const [first] = at;
  const [firstMs = 0] = ms;
  if (first === undefined) return 0;
  if (wanted <= first) return firstMs;
  // A single point says nothing of the slope above it: take the cost as proportional.
  if (at.length === 1) return (firstMs / first) * wanted;
  let right = 1;
  while (right < at.length - 1 && (at[right] ?? 0) < wanted) right++;
  const [leftAt = 0, rightAt = 0] = [at[right - 1], at[right]];
  const [leftMs = 0, rightMs = 0] = [ms[right - 1], ms[right]];
  // Measured twice at one place: there is no line through the two.
  if (rightAt === leftAt) return rightMs;
  return leftMs + Math.max(0, (rightMs - leftMs) / (rightAt - leftAt)) * (wanted - leftAt);
}

function nearest(values: readonly number[], wanted: number): number {
  let best = 0;
  for (const [index, value] of values.entries()) {
    if (Math.abs(value - wanted) < Math.abs((values[best] ?? 0) - wanted)) best = index;
  }
  return best;
}
