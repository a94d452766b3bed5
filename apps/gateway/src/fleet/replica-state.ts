/** `starting` until its first passed probe, `serving`, `ejected` while its probes fail, `gone` without a process. */
export type ReplicaState = "starting" | "serving" | "ejected" | "gone";
export type ReplicaSignal = "started" | "passed" | "failing" | "ended";

const NEXT_STATE: Readonly<Record<ReplicaState, Readonly<Record<ReplicaSignal, ReplicaState>>>> = {
  starting: { started: "starting", passed: "serving", failing: "starting", ended: "gone" },
  serving: { started: "starting", passed: "serving", failing: "ejected", ended: "gone" },
  ejected: { started: "starting", passed: "serving", failing: "ejected", ended: "gone" },
  // A probe that was on its way when the process ended changes nothing: only a new process does.
  gone: { started: "starting", passed: "gone", failing: "gone", ended: "gone" },
};

export function nextReplicaState(state: ReplicaState, signal: ReplicaSignal): ReplicaState {
  return NEXT_STATE[state][signal];
}
