import type { Outcome } from "./outcome.ts";
import { percentile } from "./percentile.ts";

/** A request that did not end well, for whoever looks for the cause. */
export interface Sample {
  readonly kind: Outcome["kind"];
  readonly detail: string;
  /** Milliseconds since the load began. */
  readonly atMs: number;
  readonly tookMs: number;
}

/** What one protocol's clients saw in one phase. A request counts where it ended. */
export interface Tally {
  readonly counts: Readonly<Record<Outcome["kind"], number>>;
  readonly retried: number;
  /** Between two good answers; the first gap of a phase began in the one before. */
  readonly longestGapMs: number;
  /** How long this phase took, and in it good answers and refusals of overload; NaN where there was none. */
  readonly phaseMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly overloadedP99Ms: number;
  /** The first of those that did not end well. */
  readonly samples: readonly Sample[];
}

export interface Recorder {
  /** Good answers so far, in all phases. */
  readonly good: number;
  record(outcome: Outcome, tookMs: number): void;
  /** What was counted since the last time. */
  take(): Tally;
}

const MAX_SAMPLES = 20;

export function createRecorder(): Recorder {
  const begin = performance.now();
  let good = 0;
  let lastGood: number | undefined;
  let phase = emptyPhase();
  return {
    get good() {
      return good;
    },
    record(outcome, tookMs) {
      const now = performance.now();
      phase.counts[outcome.kind] += 1;
      if (outcome.kind === "good") {
        good += 1;
        if (outcome.retried) phase.retried += 1;
        phase.longestGapMs = Math.max(phase.longestGapMs, now - (lastGood ?? now));
        lastGood = now;
        phase.latencies.push(tookMs);
      } else if (outcome.kind === "overloaded") {
        phase.refusals.push(tookMs);
      } else if (phase.samples.length < MAX_SAMPLES) {
        phase.samples.push({ ...outcome, atMs: now - begin, tookMs });
      }
    },
    take() {
      const { latencies, refusals, beganAt, ...tally } = phase;
      phase = emptyPhase();
      return {
        ...tally,
        phaseMs: phase.beganAt - beganAt,
        p50Ms: percentile(latencies, 0.5),
        p99Ms: percentile(latencies, 0.99),
        overloadedP99Ms: percentile(refusals, 0.99),
      };
    },
  };
}

function emptyPhase() {
  return {
    counts: { good: 0, overloaded: 0, closed: 0, refused: 0, wrong: 0, broken: 0 },
    retried: 0,
    longestGapMs: 0,
    latencies: [] as number[],
    refusals: [] as number[],
    beganAt: performance.now(),
    samples: [] as Sample[],
  };
}
