import { failed, type Outcome, success } from "@flotilla/common/failure";
import { type BatchPolicy, chooseBatch } from "./choose-batch.ts";
import type { Entry } from "./entry.ts";

export interface RequestQueue {
  readonly waiting: number;
  readonly oldest: Entry | undefined;
  /** What it takes to run all that waits, one at a time, in milliseconds. */
  readonly backlogMs: number;
  /** Refuses what would wait too long: at once, because a late refusal is worse than none. */
  admit(options: {
    readonly entries: readonly Entry[];
    readonly estimatedWaitMs: number;
    /** What waits in other queues, for they share one limit. */
    readonly elsewhere: number;
    readonly now: number;
  }): Outcome<undefined>;
  /** Back to the front, to run alone, after a batch with it has failed. */
  putBack(entries: readonly Entry[]): void;
  /** Ahead of everything: a probe must not wait behind the load that it judges. */
  putFirst(entry: Entry): void;
  takeBatch(policyOf: (model: number) => BatchPolicy): readonly Entry[];
  /** Answers and forgets those whose deadline passed or whose client left. */
  dropDead(now: number): void;
}

/**
 * How much of its remaining time a request may be expected to wait. The rest is for its own run, and for the error of
 * the estimate: under a lasting overload every request is admitted at this limit, and without the rest each second one
 * would miss its deadline after a wait for nothing.
 */
const WAIT_SHARE = 0.5;

export function createRequestQueue(limits: {
  readonly queueLimit: number;
  readonly maxQueueMs: number;
}): RequestQueue {
  let waiting: Entry[] = [];
  let backlogMs = 0;

  const replace = (entries: Entry[]) => {
    waiting = entries;
    backlogMs = entries.reduce((sum, { aloneMs }) => sum + aloneMs, 0);
  };

  return {
    get waiting() {
      return waiting.length;
    },
    get oldest() {
      return waiting[0];
    },
    get backlogMs() {
      return backlogMs;
    },
    admit({ entries, estimatedWaitMs, elsewhere, now }) {
      // All of one request.
      const remainingMs = (entries[0]?.deadlineMs ?? now) - now;
      const longestWaitMs = Math.min(remainingMs * WAIT_SHARE, limits.maxQueueMs);
      const full = waiting.length + elsewhere + entries.length > limits.queueLimit;
      if (full || estimatedWaitMs > longestWaitMs) {
        const retryAfterS = Math.max(1, Math.ceil(estimatedWaitMs / 1000));
        const why = full
          ? `the queue holds its limit of ${limits.queueLimit}`
          : `the estimated wait of ${Math.round(estimatedWaitMs)} ms is over the limit of ${Math.round(longestWaitMs)} ms`;
        return failed("queue-full", `overloaded: ${why}; try again later`, { retryAfterS });
      }
      for (const entry of entries) {
        waiting.push(entry);
        backlogMs += entry.aloneMs;
      }
      return success(undefined);
    },
    putBack(entries) {
      for (const entry of entries) entry.alone = true;
      replace([...entries, ...waiting]);
    },
    putFirst(entry) {
      replace([entry, ...waiting]);
    },
    takeBatch(policyOf) {
      const oldest = waiting[0];
      if (oldest === undefined) return [];
      const positions = chooseBatch(waiting, policyOf(oldest.model));
      if (positions.length === waiting.length) {
        const all = waiting;
        replace([]);
        return all;
      }
      const chosen = new Set(positions);
      const batch = waiting.filter((_, position) => chosen.has(position));
      replace(waiting.filter((_, position) => !chosen.has(position)));
      return batch;
    },
    dropDead(now) {
      settleDead(waiting, now);
      if (waiting.some(({ settled }) => settled))
        replace(waiting.filter(({ settled }) => !settled));
    },
  };
}

export function settleDead(entries: Iterable<Entry>, now: number): void {
  for (const entry of entries) {
    const dead = whyDead(entry, now);
    if (dead !== undefined) entry.settle(dead);
  }
}

/** Nobody waits for its answer any more. */
export function whyDead(
  { deadlineMs, signal }: Pick<Entry, "deadlineMs"> & Partial<Pick<Entry, "signal">>,
  now: number,
) {
  if (signal?.aborted) return failed("cancelled", "the client went away");
  return deadlineMs <= now
    ? failed("deadline-exceeded", "the deadline passed before the answer was there")
    : undefined;
}
