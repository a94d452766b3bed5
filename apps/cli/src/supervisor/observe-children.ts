import { EXIT_CONFIGURATION } from "../exit-codes.ts";
import type { Screen } from "../screen/screen.ts";
import { howItEnded } from "./last-words.ts";
import type { Child, ChildEnd, ChildObserver } from "./supervise-child.ts";

export interface ChildrenWatch extends Partial<ChildObserver> {
  /** An end with exit code 2, the one for a wrong configuration, before anything was served: what the process said. */
  readonly refused: Promise<readonly string[]>;
  /** When NGINX accepts connections for the first time. */
  readonly serving: Promise<void>;
}

/** Lines kept of a process that is not ready yet. */
const HELD_LINES_LIMIT = 1_000;

/**
 * Tells on the screen what becomes of the processes. What a starting one writes to standard error is held back: three
 * replicas that refuse the same configuration have one thing to say, not three.
 */
export function observeChildren(options: {
  readonly screen: Screen;
  readonly children: () => readonly Child[];
  /** An end is nothing to tell of. */
  readonly stopping: () => boolean;
}): ChildrenWatch {
  const { screen, stopping } = options;
  const refused = Promise.withResolvers<readonly string[]>();
  const serving = Promise.withResolvers<void>();
  const held = new Map<Child, string[]>();
  let served = false;
  let quiet = false;

  const release = (child: Child) => {
    for (const line of held.get(child) ?? []) screen.log(child.spec.name, line);
    held.delete(child);
  };
  return {
    refused: refused.promise,
    serving: serving.promise,
    onSpawned(child) {
      if (!served) held.set(child, []);
      screen.step(startLine(child));
    },
    onReady(child) {
      screen.step(readyLine(child, options.children()));
      // The gateway may still find that NGINX refuses its configuration.
      if (child.spec.kind === "replica") release(child);
      if (child.spec.kind !== "nginx") return;
      served = true;
      for (const other of held.keys()) release(other);
      serving.resolve();
    },
    onEnd(child, end) {
      if (end.code === EXIT_CONFIGURATION && !served && !stopping() && !quiet) {
        quiet = true;
        refused.resolve(held.get(child) ?? []);
      }
      if (quiet) return;
      release(child);
      const asAsked = end.restartInMs === undefined && end.code === 0;
      if (stopping() || asAsked) screen.step(`${child.spec.name} has ended`);
      else screen.warn(endLine(child, end));
    },
    onLine(child, { from, text }) {
      if (quiet) return;
      const lines = from === "stderr" ? held.get(child) : undefined;
      if (lines === undefined) screen.log(child.spec.name, text);
      else if (lines.length < HELD_LINES_LIMIT) lines.push(text);
    },
  };
}

function startLine({ spec, pid, restarts }: Child): string {
  return `${spec.name} starts${restarts > 0 ? " again" : ""} (pid ${pid})`;
}

function readyLine(child: Child, children: readonly Child[]): string {
  const { kind, name } = child.spec;
  const same = children.filter(({ spec, state }) => spec.kind === kind && state !== "ended");
  const ready = same.filter(({ state }) => state === "running").length;
  return same.length > 1 ? `${name} is ready (${ready} of ${same.length})` : `${name} is ready`;
}

function endLine({ spec }: Child, end: ChildEnd): string {
  const { restartInMs } = end;
  const next = restartInMs === undefined ? "" : `; it starts again in ${restartInMs / 1_000} s`;
  return `${spec.name} ${howItEnded(end)}${next}`;
}
