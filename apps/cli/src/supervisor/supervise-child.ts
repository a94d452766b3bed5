import { signalIfThere } from "@flotilla/common/process-record";
import type { ReplicaSockets } from "@flotilla/common/replica-sockets";
import type { Settings } from "@flotilla/common/settings";
import { type ChildState, nextChildState } from "./child-state.ts";
import { createLastWords, type LastWords } from "./last-words.ts";
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
  readonly sockets?: ReplicaSockets | undefined;
  readonly beforeStart?: () => void;
  /** What a replica is started with. */
  readonly settings?: Settings;
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
  onBeat(child: Child): void;
}

export interface Child {
  /** Of the process that runs or ran last; the next one's is asked for when it starts. */
  readonly spec: ChildSpec;
  readonly state: ChildState;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  /** Starts after the first one. */
  readonly restarts: number;
  /** One of its processes has been ready. */
  readonly wasReady: boolean;
  /** Why it does not run, or has not become ready since its last end. */
  readonly problem: string | undefined;
  signal(signal: NodeJS.Signals): void;
  /** With all that it started itself, as NGINX's workers, since each child leads a group of its own. */
  kill(reason?: string): void;
  /** Its end is for good, until it is started again. The process itself is told with `signal`. */
  stop(): void;
  /** At once if it waits or has ended. One that is stopping has to end first. */
  start(): void;
  /** When it has ended and is not restarted. */
  readonly ended: Promise<void>;
}

/** Written here only. */
type OwnChild = { -readonly [Key in keyof Child]: Child[Key] };

const READY_POLL_MS = 50;

/** Starts a process, and again with backoff whenever it ends by itself. */
export function superviseChild(nextSpec: () => ChildSpec, observer: ChildObserver): Child {
  const words = createLastWords();
  let delay = createRestartDelay();
  let pause = Promise.withResolvers<void>();
  let starts = 0;
  const child: OwnChild = {
    spec: nextSpec(),
    state: "waiting",
    pid: undefined,
    restarts: 0,
    wasReady: false,
    problem: undefined,
    // In a turn of its own, so that whoever starts a child has it in hand before its first event.
    ended: Promise.resolve().then(run),
    signal(signal) {
      if (child.pid !== undefined) signalIfThere(child.pid, signal);
    },
    kill(reason) {
      if (child.pid === undefined) return;
      if (reason !== undefined) words.killed(reason);
      signalIfThere(-child.pid, "SIGKILL");
    },
    stop() {
      child.state = nextChildState(child.state, "stop");
      pause.resolve();
    },
    start() {
      delay = createRestartDelay();
      if (child.pid === undefined) child.problem = undefined;
      pause.resolve();
      const hasEnded = child.state === "ended";
      child.state = nextChildState(child.state, "start");
      if (hasEnded) child.ended = child.ended.then(run);
    },
  };

  async function run(): Promise<void> {
    while (child.state === "waiting") {
      child.spec = nextSpec();
      child.restarts = starts;
      starts += 1;
      const { readyMs, ...end } = await runOnce({ child, observer, words });
      const restartInMs = child.state === "waiting" ? delay.next(readyMs ?? 0) : undefined;
      pause = Promise.withResolvers();
      observer.onEnd(child, { ...end, wasReady: readyMs !== undefined, restartInMs });
      await Promise.race([Bun.sleep(restartInMs ?? 0), pause.promise]);
    }
  }
  return child;
}

/** One process, from its start to its end. */
async function runOnce(options: {
  readonly child: OwnChild;
  readonly observer: ChildObserver;
  readonly words: LastWords;
}): Promise<ProcessEnd & { readonly readyMs: number | undefined }> {
  const { child, observer, words } = options;
  child.spec.beforeStart?.();
  const started = startProcess(child.spec, {
    onLine(line) {
      words.hear(line);
      observer.onLine(child, line);
    },
    onBeat() {
      if (child.pid === started.pid) observer.onBeat(child);
    },
  });
  child.pid = started.pid;
  child.state = nextChildState(child.state, "spawned");
  observer.onSpawned(child);
  const readySince = await becomesReady(child.spec, started.end);
  if (readySince !== undefined) {
    child.state = nextChildState(child.state, "ready");
    child.wasReady = true;
    child.problem = undefined;
    observer.onReady(child);
  }
  const end = await started.end;
  const told = words.tell(end);
  child.pid = undefined;
  child.problem = endedAsAsked(child, end) ? undefined : told;
  child.state = nextChildState(child.state, "exited");
  const readyMs = readySince === undefined ? undefined : performance.now() - readySince;
  return { ...end, readyMs };
}

/** One that is still starting does not know SIGTERM yet. */
function endedAsAsked({ state }: Child, { code, signal }: ProcessEnd): boolean {
  return state === "stopping" && (code === 0 || signal === "SIGTERM");
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
