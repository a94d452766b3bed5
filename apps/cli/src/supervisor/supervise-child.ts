import { signalIfThere } from "@flotilla/common/process-record";
import { type ChildState, nextChildState } from "./child-state.ts";
import { createRestartDelay } from "./restart-delay.ts";
import {
  type ProcessEnd,
  type ProcessLine,
  type ProcessSpec,
  startProcess,
} from "./start-process.ts";

export interface ChildSpec extends ProcessSpec {
  readonly name: string;
  readonly kind: "replica" | "gateway" | "nginx";
  /** A part of its command line and of those that it starts itself, by which they are known when nobody owns them. */
  readonly mark: string;
  /** Where it listens, for who asks. */
  readonly http?: string;
  readonly grpc?: string;
  readonly beforeStart?: () => void;
  readonly isReady: () => Promise<boolean>;
}

export interface ChildEnd extends ProcessEnd {
  readonly wasReady: boolean;
  /** Undefined: it is not restarted. */
  readonly restartInMs: number | undefined;
}

export interface ChildObserver {
  onSpawned(child: Child): void;
  onReady(child: Child): void;
  onEnd(child: Child, end: ChildEnd): void;
  onLine(child: Child, line: ProcessLine): void;
}

export interface Child {
  readonly spec: ChildSpec;
  readonly state: ChildState;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  readonly restarts: number;
  signal(signal: NodeJS.Signals): void;
  /** From now on its end is for good. The process itself is told with `signal`. */
  stop(): void;
  /** When it has ended for good. */
  readonly ended: Promise<void>;
}

const READY_POLL_MS = 50;

/** Starts a process, and again with backoff whenever it ends by itself. */
export function superviseChild(spec: ChildSpec, observer: ChildObserver): Child {
  const delay = createRestartDelay();
  const stopped = Promise.withResolvers<void>();
  let state: ChildState = "waiting";
  let pid: number | undefined;
  let restarts = 0;

  async function runOnce(): Promise<void> {
    spec.beforeStart?.();
    const started = startProcess(spec, (line) => observer.onLine(child, line));
    pid = started.pid;
    state = nextChildState(state, "spawned");
    observer.onSpawned(child);
    const readySince = await becomesReady(spec, started.end);
    if (readySince !== undefined) {
      state = nextChildState(state, "ready");
      observer.onReady(child);
    }
    const end = await started.end;
    pid = undefined;
    state = nextChildState(state, "exited");
    const readyMs = readySince === undefined ? 0 : performance.now() - readySince;
    const restartInMs = state === "waiting" ? delay.next(readyMs) : undefined;
    observer.onEnd(child, { ...end, wasReady: readySince !== undefined, restartInMs });
    await Promise.race([Bun.sleep(restartInMs ?? 0), stopped.promise]);
  }

  async function run(): Promise<void> {
    while (state === "waiting") {
      await runOnce();
      if (state === "waiting") restarts += 1;
    }
  }

  const child: Child = {
    spec,
    get state() {
      return state;
    },
    get pid() {
      return pid;
    },
    get restarts() {
      return restarts;
    },
    signal(signal) {
      if (pid !== undefined) signalIfThere(pid, signal);
    },
    stop() {
      state = nextChildState(state, "stop");
      stopped.resolve();
    },
    // In a turn of its own, so that whoever starts a child has it in hand before its first event.
    ended: Promise.resolve().then(run),
  };
  return child;
}

/** Since when; undefined where the process ended before. */
async function becomesReady(
  spec: ChildSpec,
  end: Promise<ProcessEnd>,
): Promise<number | undefined> {
  let ended = false;
  const over = end.then(() => {
    ended = true;
  });
  while (!ended) {
    if (await spec.isReady()) return performance.now();
    await Promise.race([Bun.sleep(READY_POLL_MS), over]);
  }
  return undefined;
}
