import type { CpuTimes } from "../cpu/cpu-time.ts";
import type { LoadResult } from "../generators/load-result.ts";
import type { Figure } from "./scenario.ts";

/** One measurement of one side. */
export interface Slice {
  readonly figures: Readonly<Partial<Record<Figure, number>>>;
  /** CPU seconds per 1,000 requests by kind of process; `load` is the generator's own. */
  readonly cpu?: CpuTimes;
}

export function sliceOf({ answers, ms, p50Ms, p99Ms, cpuMs }: LoadResult, cpu: CpuTimes): Slice {
  // Milliseconds a request are seconds per 1,000.
  const each = Object.entries({ ...cpu, load: cpuMs }).map(([kind, usedMs]) => [
    kind,
    usedMs / answers,
  ]);
  return {
    figures: { perSecond: (answers / ms) * 1000, p50Ms, p99Ms },
    cpu: Object.fromEntries(each),
  };
}
