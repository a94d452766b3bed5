import { endRecordedProcess } from "@flotilla/common/process-record";
import { splitLines } from "./split-lines.ts";

export interface ProcessSpec {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** It says over a channel of its own that it lives. */
  readonly beats: boolean;
}

export interface ProcessLine {
  readonly from: "stdout" | "stderr";
  readonly text: string;
}

export interface ProcessListener {
  onLine(line: ProcessLine): void;
  onBeat(): void;
}

/** How a process ended: its exit code, or the signal that killed it. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface StartedProcess {
  /** Undefined where it could not be started. */
  readonly pid: number | undefined;
  /** Settled when also its children are gone and its last lines are read. */
  readonly end: Promise<ProcessEnd>;
}

/** As shells say it. */
const EXIT_NOT_FOUND = 127;

/** Of processes that a killed parent leaves: NGINX's workers finish what they can in it. */
const ORPHAN_GRACE_MS = 400;
/** A pipe may stay open in hands that nobody knows of. */
const LAST_LINES_MS = 1_000;

/** In a process group of its own: a terminal's Ctrl-C is not for it, and what it leaves is found by the group. */
export function startProcess(spec: ProcessSpec, listener: ProcessListener): StartedProcess {
  try {
    const started = Bun.spawn([...spec.command], {
      env: spec.environment,
      detached: true,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      // Nothing is ever sent to it: a stopped process would not read it. What it starts itself does not inherit this.
      ...(spec.beats && { ipc: () => listener.onBeat() }),
    });
    const lines = (["stdout", "stderr"] as const).map((from) =>
      splitLines(started[from], (text) => listener.onLine({ from, text })),
    );
    return { pid: started.pid, end: endOf(started, Promise.all(lines)) };
  } catch (error) {
    listener.onLine({ from: "stderr", text: (error as Error).message });
    return { pid: undefined, end: Promise.resolve({ code: EXIT_NOT_FOUND, signal: null }) };
  }
}

async function endOf(started: Bun.Subprocess, lines: Promise<unknown>): Promise<ProcessEnd> {
  await started.exited;
  // Its group is its own whatever the command lines say: it has just led it.
  await endRecordedProcess(
    { name: "orphans", pid: started.pid, mark: "" },
    { signal: "SIGQUIT", graceMs: ORPHAN_GRACE_MS },
  );
  await Promise.race([lines, Bun.sleep(LAST_LINES_MS)]);
  const { exitCode: code, signalCode: signal } = started;
  return { code, signal: signal === null ? null : String(signal) };
}
