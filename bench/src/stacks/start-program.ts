import { listProcesses } from "@flotilla/common/list-processes";
import { signalIfThere } from "@flotilla/common/process-record";
import { collectText } from "@flotilla/testkit/collect-text";
import { waitUntil } from "@flotilla/testkit/wait-until";

const GRACE_MS = 5_000;
const LOG_KEPT = 4_000;

/** A program with all the processes that it starts, and they start. */
export interface Program extends AsyncDisposable {
  /** Those that live; asked anew each time. */
  pids(): readonly number[];
  /** Throws if it has ended, with its last words. */
  mustLive(): void;
}

export function startProgram(options: {
  readonly name: string;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly endsBy?: NodeJS.Signals;
}): Program {
  const { name, command, cwd, environment, endsBy = "SIGTERM" } = options;
  const child = Bun.spawn([...command], {
    cwd,
    env: environment,
    // A group of its own, by which also those are found whose parent has ended.
    detached: true,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  let log = "";
  const keep = (text: string) => {
    log = (log + text).slice(-LOG_KEPT);
  };
  void collectText(child.stdout, keep);
  void collectText(child.stderr, keep);

  // Some start processes in groups of their own, and end before those do: whoever was seen once is not forgotten.
  let family: ReadonlySet<number> = new Set([child.pid]);
  const pids = () => {
    const living = livingFamily(family);
    family = new Set([child.pid, ...living]);
    return living;
  };
  return {
    pids,
    mustLive() {
      if (child.exitCode === null && child.signalCode === null) return;
      throw new Error(`${name} ended with ${child.exitCode ?? child.signalCode}:\n${log}`);
    },
    async [Symbol.asyncDispose]() {
      pids();
      child.kill(endsBy);
      const ended = () => pids().length === 0;
      await waitUntil(`${name} ends`, ended, GRACE_MS).catch(() => {});
      await waitUntil(`${name} is killed`, () => {
        for (const pid of pids()) signalIfThere(pid, "SIGKILL");
        return ended();
      });
    },
  };
}

/** Of a family's members those that live, with all their descendants and whoever is in their groups. */
function livingFamily(known: ReadonlySet<number>): readonly number[] {
  const processes = listProcesses();
  const family = new Set(known);
  for (let before = -1; before !== family.size; ) {
    before = family.size;
    for (const { pid, parent, group } of processes) {
      if (family.has(parent) || family.has(group)) family.add(pid);
    }
  }
  return processes.map(({ pid }) => pid).filter((pid) => family.has(pid));
}
