/**
 * `starting` until its first passed probe, `serving`, `ejected` while its probes fail, `draining` from its first
 * SIGTERM to its end, `drained` and `gone` without a process: told to stay so, and not.
 */
export const REPLICA_STATES = [
  "starting",
  "serving",
  "ejected",
  "draining",
  "drained",
  "gone",
] as const;
export type ReplicaState = (typeof REPLICA_STATES)[number];

/** Of its process: `started`, `ended`, `stopped` (ended, and told to stay so). Of its probes: the rest. */
export type ReplicaSignal = "started" | "ended" | "stopped" | "passed" | "failing" | "draining";

type Row = Readonly<Record<ReplicaSignal, ReplicaState>>;

const PROCESS = { started: "starting", ended: "gone", stopped: "drained" } as const;

const NEXT_STATE: Readonly<Record<ReplicaState, Row>> = {
  starting: { ...PROCESS, passed: "serving", failing: "starting", draining: "draining" },
  serving: { ...PROCESS, passed: "serving", failing: "ejected", draining: "draining" },
  ejected: { ...PROCESS, passed: "serving", failing: "ejected", draining: "draining" },
  // Whatever a late probe says: only a new process ends a drain.
  draining: { ...PROCESS, passed: "draining", failing: "draining", draining: "draining" },
  // The same for a probe that was on its way when the process ended.
  drained: { ...PROCESS, passed: "drained", failing: "drained", draining: "drained" },
  gone: { ...PROCESS, passed: "gone", failing: "gone", draining: "gone" },
};

export function nextReplicaState(state: ReplicaState, signal: ReplicaSignal): ReplicaState {
  return NEXT_STATE[state][signal];
}
