/** What the choice of a batch needs to know of a waiting request. */
export interface Waiting {
  /** Requests with equal keys may share a batch: the same model and, but for the rows, the same shapes. */
  readonly key: string;
  readonly rows: number;
  /** Tokens of the longest text (estimated), or elements of a row: what the cost grows with. */
  readonly length: number;
  /** Never share a batch: the model does not mix requests, or a batch with this request in it has failed. */
  readonly alone: boolean;
}

export interface BatchPolicy {
  readonly maxRows: number;
  predictMs(rows: number, length: number): number;
  /** How many times the oldest request's own time a batch may take, where that is over MAX_BATCH_MS; 1 unless said. */
  readonly stretch?: number;
  /** MAX_BATCH_MS unless said. */
  readonly longestBatchMs?: number | undefined;
}

/**
 * A batch must save at least this share of what the request would cost alone, or it runs alone: below it the
 * prediction's own error decides, and a longer batch makes everybody in it wait.
 */
const MIN_SAVING = 0.05;

/** A batch that is predicted to run longer gains little more and delays probes and other models. */
const MAX_BATCH_MS = 100;

/**
 * Positions in `waiting` of the next batch: the oldest request, and whichever of its kind, nearest in length first,
 * makes the batch cheaper than running it alone. Padding is in the price: every row costs the longest row's length.
 */
export function chooseBatch(waiting: readonly Waiting[], policy: BatchPolicy): readonly number[] {
  const oldest = waiting[0];
  if (oldest === undefined) return [];
  const chosen = [0];
  if (oldest.alone) return chosen;

  let { rows, length } = oldest;
  let batchMs = policy.predictMs(rows, length);
  const longestMs = Math.max(
    policy.longestBatchMs ?? MAX_BATCH_MS,
    batchMs * (policy.stretch ?? 1),
  );
  for (const position of byLengthDistance(waiting, oldest)) {
    const next = waiting[position];
    if (next === undefined || rows + next.rows > policy.maxRows) continue;
    const longest = Math.max(length, next.length);
    const withNextMs = policy.predictMs(rows + next.rows, longest);
    if (withNextMs > longestMs) break;
    const aloneMs = policy.predictMs(next.rows, next.length);
    if (withNextMs - batchMs > aloneMs * (1 - MIN_SAVING)) continue;
    chosen.push(position);
    rows += next.rows;
    length = longest;
    batchMs = withNextMs;
  }
  return chosen;
}

function byLengthDistance(waiting: readonly Waiting[], oldest: Waiting): readonly number[] {
  const candidates: number[] = [];
  let sameLength = true;
  for (let position = 1; position < waiting.length; position++) {
    const request = waiting[position];
    if (request === undefined || request.alone || request.key !== oldest.key) continue;
    candidates.push(position);
    if (request.length !== oldest.length) sameLength = false;
  }
  if (sameLength) return candidates;
  const distance = (position: number) => Math.abs((waiting[position]?.length ?? 0) - oldest.length);
  return candidates.sort((a, b) => distance(a) - distance(b));
}
