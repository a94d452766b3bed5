import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** Cores that this process may use: the scheduler's affinity, and below it a cgroup's quota (v2, then v1). */
export function availableCores(
  readFile: (path: string) => string | undefined = readIfThere,
): number {
  const v2 = readFile("/sys/fs/cgroup/cpu.max")?.split(" ");
  const quota = Number(v2?.[0] ?? readFile("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"));
  const period = Number(v2?.[1] ?? readFile("/sys/fs/cgroup/cpu/cpu.cfs_period_us"));
  // "max" and -1 mean: no quota.
  const limited = quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY;
  return Math.max(1, Math.min(availableParallelism(), limited));
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined; // not Linux, or no cgroup of this version
  }
}
