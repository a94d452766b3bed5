import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { listProcesses, type RunningProcess } from "./list-processes.ts";

/**
 * A process that was started as the leader of its own group, so that the group is what it started itself: a killed
 * NGINX master's workers are found by it, which else nothing ties to the fleet.
 */
export interface RecordedProcess {
  readonly name: string;
  readonly pid: number;
  /** A part of the command line of each process of the group: a pid may be another's by now. */
  readonly mark: string;
}

export function writeProcessRecord(path: string, processes: readonly RecordedProcess[]): void {
  // A reader never sees half of it.
  writeFileSync(`${path}.new`, JSON.stringify(processes));
  renameSync(`${path}.new`, path);
}

/** Empty where there is none, or none that can be read: it is a list of what to clean up. */
export function readProcessRecord(path: string): readonly RecordedProcess[] {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return [];
  }
}

export function livingProcesses({ pid, mark }: RecordedProcess): readonly RunningProcess[] {
  return listProcesses().filter(
    // A dying process has lost its command line, and may still hold its ports.
    ({ group, command }) => group === pid && (command === "" || command.includes(mark)),
  );
}

const POLL_MS = 20;

/** A process that even SIGKILL does not end hangs in the kernel; waiting for it helps nobody. */
const KILLED_MS = 5_000;

/**
 * Asks with the first signal, and kills what is still there after `graceMs`. Done when nothing of the group lives;
 * the answer is how many processes there were.
 */
export async function endRecordedProcess(
  recorded: RecordedProcess,
  { signal, graceMs }: { readonly signal: NodeJS.Signals; readonly graceMs: number },
): Promise<number> {
  const found = livingProcesses(recorded);
  for (const { pid } of found) signalIfThere(pid, signal);
  const start = performance.now();
  let living = found;
  while (living.length > 0 && performance.now() - start < graceMs + KILLED_MS) {
    if (performance.now() - start > graceMs) {
      for (const { pid } of living) signalIfThere(pid, "SIGKILL");
    }
    await Bun.sleep(POLL_MS);
    living = livingProcesses(recorded);
  }
  return found.length;
}

/** The process may have ended since it was last seen. */
export function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
