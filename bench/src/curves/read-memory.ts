import { readFileSync } from "node:fs";
import { readProcesses } from "../cpu/read-processes.ts";

/** Bytes of a group of processes. */
export interface Memory {
  /** What is in memory for each of them: what they share is counted for each. */
  readonly rss: number;
  /** What they share is divided among all that share it: sums of this are true. */
  readonly pss: number;
}

/** Those processes with all their descendants. */
export function readMemory(pids: readonly number[]): Memory {
  const all = familyOf(pids).map(memoryOf);
  const sum = (of: (memory: Memory) => number) => all.reduce((total, one) => total + of(one), 0);
  return { rss: sum(({ rss }) => rss), pss: sum(({ pss }) => pss) };
}

function familyOf(pids: readonly number[]): readonly number[] {
  const processes = readProcesses();
  const isOf = (pid: number): boolean => {
    const parent = processes.get(pid)?.parent;
    return pids.includes(pid) || (parent !== undefined && isOf(parent));
  };
  return [...processes.keys()].filter(isOf);
}

function memoryOf(pid: number): Memory {
  try {
    return parseRollup(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"));
  } catch {
    return { rss: 0, pss: 0 }; // it ended meanwhile
  }
}

/** proc_pid_smaps(5): kibibytes. */
export function parseRollup(text: string): Memory {
  const read = (name: string) =>
    1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1] ?? 0);
  return { rss: read("Rss"), pss: read("Pss") };
}
