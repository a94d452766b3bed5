import { type ProcessTimes, readProcesses } from "./read-processes.ts";

/** Milliseconds by kind of process. */
export type CpuTimes = Readonly<Record<string, number>>;

/**
 * What each kind has used so far, its descendants included: one that ended counts through the parent that waited for
 * it, so that the difference of two of these also has who came and went in between.
 */
export function cpuTimes(
  pids: Readonly<Record<string, readonly number[]>>,
  processes: ReadonlyMap<number, ProcessTimes> = readProcesses(),
): CpuTimes {
  const kindByPid = new Map(
    Object.entries(pids).flatMap(([kind, own]) => own.map((pid) => [pid, kind] as const)),
  );
  const kindOf = (pid: number): string | undefined => {
    const parent = processes.get(pid)?.parent;
    return kindByPid.get(pid) ?? (parent === undefined ? undefined : kindOf(parent));
  };
  const times: Record<string, number> = Object.fromEntries(
    Object.keys(pids).map((kind) => [kind, 0]),
  );
  for (const [pid, { ownMs, endedChildrenMs }] of processes) {
    const kind = kindOf(pid);
    if (kind !== undefined) times[kind] = (times[kind] ?? 0) + ownMs + endedChildrenMs;
  }
  return times;
}

export function cpuSince(before: CpuTimes, after: CpuTimes): CpuTimes {
  return Object.fromEntries(
    Object.entries(after).map(([kind, ms]) => [kind, Math.max(0, ms - (before[kind] ?? 0))]),
  );
}
