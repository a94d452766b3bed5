import { readdirSync, readFileSync } from "node:fs";

export interface ProcessTimes {
  readonly parent: number;
  /** In user and system mode, of all its threads; in milliseconds. */
  readonly ownMs: number;
  /** Of the children that ended and were waited for, theirs included. */
  readonly endedChildrenMs: number;
}

/** Linux counts a process's time in hundredths of a second, for whoever asks. */
const TICK_MS = 10;

/** Every process by its pid, from Linux's /proc. */
export function readProcesses(): ReadonlyMap<number, ProcessTimes> {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return new Map(
    pids.flatMap((pid) => {
      const times = readTimes(pid);
      return times === undefined ? [] : [[Number(pid), times] as const];
    }),
  );
}

function readTimes(pid: string): ProcessTimes | undefined {
  try {
    // The name in parentheses may itself hold blanks and parentheses; behind it stand proc_pid_stat(5)'s fields from 3.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    const sum = (from: number) => (Number(fields[from]) + Number(fields[from + 1])) * TICK_MS;
    return { parent: Number(fields[1]), ownMs: sum(11), endedChildrenMs: sum(13) };
  } catch {
    return undefined; // it ended meanwhile
  }
}
