import type { LocalReplica } from "@flotilla/common/local-fleet";
import type { SupervisedProcess, SupervisorClient } from "../supervisor-client.ts";
import { probeReplica } from "./probe-replica.ts";
import { nextReplicaState, type ReplicaState } from "./replica-state.ts";

export interface ObservedReplica {
  readonly replica: LocalReplica;
  readonly state: ReplicaState;
  /** Why it does not serve. */
  readonly reason: string | null;
  readonly pid: number | null;
  readonly restarts: number;
}

export interface FleetWatch {
  readonly replicas: readonly ObservedReplica[];
  /** Each replica has been ready once, though perhaps not at the same time. */
  readonly wasReady: boolean;
  /** Probes every replica once. */
  refresh(): Promise<void>;
}

/** One lost probe is chance, and so is one that a struggling replica answers. */
const FAILURES_TO_EJECT = 2;
const PASSES_TO_RETURN = 2;

interface Observation extends ObservedReplica {
  readonly failures: number;
  readonly passes: number;
  readonly wasReady: boolean;
}

export function watchFleet(options: {
  readonly replicas: readonly LocalReplica[];
  readonly supervisor: SupervisorClient;
  readonly onChange: (replica: ObservedReplica) => void;
}): FleetWatch {
  const { supervisor, onChange } = options;
  let observations: readonly Observation[] = options.replicas.map((replica) => ({
    replica,
    state: "starting",
    reason: null,
    pid: null,
    restarts: 0,
    failures: 0,
    passes: 0,
    wasReady: false,
  }));
  return {
    get replicas() {
      return observations;
    },
    get wasReady() {
      return observations.every(({ wasReady }) => wasReady);
    },
    async refresh() {
      const [processes, ...probes] = await Promise.all([
        supervisor.processes(),
        ...options.replicas.map(probeReplica),
      ]);
      const before = observations;
      observations = before.map((last, at) => {
        const process = processes?.find(({ name }) => name === last.replica.id);
        return observe(observeProcess(last, process), probes[at]);
      });
      for (const [at, now] of observations.entries()) {
        if (now.state !== before[at]?.state) onChange(now);
      }
    },
  };
}

/** A supervisor that does not answer now tells nothing: then what is known stays. */
function observeProcess(last: Observation, process: SupervisedProcess | undefined): Observation {
  if (process === undefined) return last;
  const { pid, restarts } = process;
  if (pid === null) {
    const state = nextReplicaState(last.state, "ended");
    return { ...last, state, pid, restarts, reason: "its process has ended" };
  }
  // The first pid that is seen is no change: this gateway may be younger than the replica.
  const isNew = pid !== last.pid && (last.pid !== null || last.state === "gone");
  const state = isNew ? nextReplicaState(last.state, "started") : last.state;
  return { ...last, state, pid, restarts, failures: isNew ? 0 : last.failures };
}

function observe(last: Observation, problem: string | undefined): Observation {
  if (problem === undefined) {
    const passes = last.passes + 1;
    if (last.state === "ejected" && passes < PASSES_TO_RETURN) {
      return { ...last, passes, failures: 0 };
    }
    const state = nextReplicaState(last.state, "passed");
    return { ...last, state, passes, failures: 0, reason: null, wasReady: true };
  }
  const failures = last.failures + 1;
  const state =
    failures >= FAILURES_TO_EJECT ? nextReplicaState(last.state, "failing") : last.state;
  return {
    ...last,
    state,
    failures,
    passes: 0,
    reason: last.state === "gone" ? last.reason : problem,
  };
}
