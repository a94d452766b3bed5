import type { ModelHealth } from "./engine.ts";

/** Past this without an inference the model gets one of its own, so that readiness is never a memory. */
const IDLE_PROBE_MS = 1_000;

/**
 * Past this without an answer the model is failing. With the idle time before, a model that stops answering is seen
 * within 5 s; a batch that was predicted to take long gets twice that time, since slow is not stuck.
 */
const SILENCE_MS = 3_000;

export interface HealthRecord {
  answered(options: { readonly at: number; readonly ms: number }): void;
  failedProbe(message: string): void;
  probeSent(at: number): void;
  wantsProbe(now: number): boolean;
  /** `patienceMs`: what the batch that runs now may well take, 0 when none does. */
  report(now: number, patienceMs: number): ModelHealth;
}

/** One model's record: when it last answered, and what is wrong if it does not. */
export function createHealthRecord(options: {
  readonly name: string;
  readonly version: number;
  readonly at: number;
  readonly ms: number;
}): HealthRecord {
  let lastInferenceAt = options.at;
  let lastInferenceMs = options.ms;
  let probeSince: number | undefined;
  let error: string | undefined;
  return {
    answered({ at, ms }) {
      lastInferenceAt = at;
      lastInferenceMs = ms;
      probeSince = undefined;
      error = undefined;
    },
    failedProbe(message) {
      probeSince = undefined;
      error = message;
    },
    probeSent(at) {
      probeSince = at;
    },
    wantsProbe: (now) => probeSince === undefined && now - lastInferenceAt >= IDLE_PROBE_MS,
    report(now, patienceMs) {
      const silentMs = probeSince === undefined ? 0 : now - probeSince;
      const silent = silentMs > Math.max(SILENCE_MS, 2 * patienceMs);
      const problem = silent ? `no answer for ${Math.round(now - lastInferenceAt)} ms` : error;
      return {
        name: options.name,
        version: options.version,
        ready: problem === undefined,
        lastInferenceAt,
        lastInferenceMs,
        error: problem,
      };
    },
  };
}
