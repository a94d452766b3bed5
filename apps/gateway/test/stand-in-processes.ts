import type { Settings } from "@flotilla/common/settings";
import type { ConnectProbe } from "../src/fleet/probe-replica.ts";
import type { Intent, SupervisedProcess } from "../src/supervisor-client.ts";

/** The supervisor's replicas, only noted down. What they do by themselves, a test does to them. */
export interface StandInProcesses {
  readonly all: readonly SupervisedProcess[];
  has(id: string): boolean;
  add(...ids: readonly string[]): void;
  start(id: string): void;
  drain(id: string, then: Exclude<Intent, "run">): void;
  /** Its process ends, and what was to come then comes. */
  end(id: string): void;
  /** Its process ends by itself, and waits for its restart. */
  crash(id: string): void;
  /** Somebody sends it a SIGTERM. */
  terminate(id: string): void;
  readonly connect: ConnectProbe;
  /** For what starts from now on. */
  settings: Settings | undefined;
  /** What its process was started with. */
  settingsOf(id: string): Settings | undefined;
  /** Ids whose next process cannot start. */
  readonly broken: Set<string>;
  /** Ids whose next process does not become ready. */
  readonly slow: Set<string>;
  /** Ids whose probes fail. */
  readonly failing: Set<string>;
}

interface Entry {
  process: SupervisedProcess;
  settings?: Settings | undefined;
  draining: boolean;
}

export const START_PROBLEM = "ended with exit code 2: model.yaml:1: tusk";

export function createStandInProcesses(): StandInProcesses {
  const entries = new Map<string, Entry>();
  let pids = 1_000;
  const change = (id: string, changed: Partial<SupervisedProcess>) => {
    const entry = entries.get(id);
    if (entry) entry.process = { ...entry.process, ...changed };
  };
  const mark = (id: string, draining: boolean) => {
    const entry = entries.get(id);
    if (entry) entry.draining = draining;
  };
  const find = (id: string) => entries.get(id)?.process;
  const processes: StandInProcesses = {
    get all() {
      return [...entries.values()].map(({ process }) => process);
    },
    has: (id) => entries.has(id),
    add(...ids) {
      for (const id of ids) {
        entries.set(id, { process: newProcess(id), draining: false });
        processes.start(id);
      }
    },
    start(id) {
      change(id, { intent: "run" });
      if (find(id)?.pid !== null) return;
      mark(id, false);
      if (processes.broken.has(id)) {
        change(id, { state: "waiting", problem: START_PROBLEM });
        return;
      }
      pids += 1;
      const entry = entries.get(id);
      if (entry) entry.settings = processes.settings;
      const ready = !processes.slow.has(id);
      const was_ready = ready || (find(id)?.was_ready ?? false);
      change(id, { pid: pids, problem: null, state: ready ? "running" : "starting", was_ready });
    },
    drain(id, then) {
      change(id, { intent: then });
      if (find(id)?.pid === null) processes.end(id);
      else mark(id, true);
    },
    end(id) {
      change(id, { pid: null, state: "ended" });
      const intent = find(id)?.intent;
      if (intent === "leave") entries.delete(id);
      else if (intent !== "stay") processes.start(id);
    },
    crash: (id) => change(id, { pid: null, state: "waiting", problem: "was ended by SIGKILL" }),
    terminate: (id) => mark(id, true),
    connect: ({ id }) => ({
      async probe() {
        const { process, draining = false } = entries.get(id) ?? {};
        if (draining) return { draining, problems: [failure("draining")] };
        const ready = process?.state === "running" && !processes.failing.has(id);
        return { draining, problems: ready ? [] : [failure("no answer within 2000 ms")] };
      },
      [Symbol.dispose]() {},
    }),
    settings: undefined,
    settingsOf: (id) => entries.get(id)?.settings,
    broken: new Set(),
    slow: new Set(),
    failing: new Set(),
  };
  return processes;
}

function failure(text: string) {
  return { protocol: "http", text: `HTTP: ${text}` } as const;
}

function newProcess(id: string): SupervisedProcess {
  const number = Number(id.replace(/\D/g, ""));
  return {
    name: id,
    kind: "replica",
    pid: null,
    state: "waiting",
    restarts: 0,
    intent: "run",
    was_ready: false,
    problem: null,
    hangs: 0,
    http: `127.0.0.1:${8_100 + number}`,
    grpc: `127.0.0.1:${8_200 + number}`,
  };
}
