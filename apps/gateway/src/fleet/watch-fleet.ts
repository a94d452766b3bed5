import type { Line } from "../nginx/line-of.ts";
import type { SupervisedProcess } from "../supervisor-client.ts";
import {
  firstSeen,
  type ObservedReplica,
  observeProbe,
  observeProcess,
} from "./observe-replica.ts";
import type { ConnectProbe, ProbeProblem } from "./probe-replica.ts";

/** The replicas that the supervisor has, each probed in a loop of its own: a hanging one holds up no other. */
export interface FleetWatch extends Disposable {
  /** In the order of their ids. */
  readonly replicas: readonly ObservedReplica[];
  /** What the supervisor says now. `lineOf` is asked of replicas that are seen for the first time. */
  observe(
    processes: readonly SupervisedProcess[],
    lineOf: (process: SupervisedProcess) => Line,
  ): void;
}

export interface FleetWatchOptions {
  readonly connect: ConnectProbe;
  readonly onChange: (now: ObservedReplica, before: ObservedReplica | undefined) => void;
  /** Of replicas that are ready or were: those that only start are expected to fail. */
  readonly onFailedProbe: (problem: ProbeProblem) => void;
}

const PROBE_MS = 500;
/** Often until it serves, since somebody waits for it. */
const STARTING_PROBE_MS = 100;

export function createFleetWatch(options: FleetWatchOptions): FleetWatch {
  const { onChange } = options;
  const replicas = new Map<string, ObservedReplica>();
  const probing = new Map<string, Disposable>();

  function put(now: ObservedReplica): void {
    const before = replicas.get(now.replica.id);
    replicas.set(now.replica.id, now);
    if (now.state !== before?.state || now.process.intent !== before.process.intent) {
      onChange(now, before);
    }
  }

  function forget(id: string): void {
    replicas.delete(id);
    probing.get(id)?.[Symbol.dispose]();
    probing.delete(id);
  }

  return {
    get replicas() {
      return [...replicas.values()].toSorted((a, b) => compareIds(a.replica.id, b.replica.id));
    },
    observe(processes, lineOf) {
      const present = processes.filter(({ kind }) => kind === "replica");
      const addresses = new Map(present.map(({ name, http }) => [name, http]));
      // Also one under whose name there is another now, elsewhere.
      for (const [id, { process }] of replicas) {
        if (addresses.get(id) !== process.http) forget(id);
      }
      for (const process of present) {
        const last = replicas.get(process.name);
        put(last ? observeProcess(last, process) : firstSeen(process, lineOf(process)));
        if (last === undefined) {
          const probe = startProbing({ ...options, put, find: () => replicas.get(process.name) });
          probing.set(process.name, probe);
        }
      }
    },
    [Symbol.dispose]() {
      for (const id of [...replicas.keys()]) forget(id);
    },
  };
}

interface Probing extends FleetWatchOptions {
  readonly find: () => ObservedReplica | undefined;
  readonly put: (now: ObservedReplica) => void;
}

/** Until it is disposed. */
function startProbing(options: Probing): Disposable {
  const first = options.find();
  if (first === undefined) return { [Symbol.dispose]() {} };
  const probe = options.connect(first.replica);
  const stop = Promise.withResolvers<void>();
  let stopped = false;
  const run = async () => {
    while (!stopped) {
      const start = performance.now();
      await probeOnce(options, probe);
      const state = options.find()?.state;
      const every = state === "serving" || state === "ejected" ? PROBE_MS : STARTING_PROBE_MS;
      const rest = Math.max(0, start + every - performance.now());
      await Promise.race([Bun.sleep(rest), stop.promise]);
    }
  };
  void run();
  return {
    [Symbol.dispose]() {
      stopped = true;
      stop.resolve();
      probe[Symbol.dispose]();
    },
  };
}

async function probeOnce(
  { find, put, onFailedProbe }: Probing,
  probe: ReturnType<ConnectProbe>,
): Promise<void> {
  const before = find();
  const pid = before?.process.pid ?? null;
  if (pid === null || before?.state === "draining") return;
  const result = await probe.probe();
  const now = find();
  // A late answer of an old process says nothing about the new one.
  if (now === undefined || now.process.pid !== pid) return;
  put(observeProbe(now, result));
  if (now.state === "starting" || result.draining) return;
  for (const problem of result.problems) onFailedProbe(problem);
}

/** `server-2` before `server-10`. */
const { compare: compareIds } = new Intl.Collator("en", { numeric: true });
