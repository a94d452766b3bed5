/**
 * A process of the fleet: `starting` until it answers for the first time, `running` from then on, `waiting` for its
 * restart after it ended by itself, `stopping` once it was told to go, `ended` when it has.
 */
export type ChildState = "waiting" | "starting" | "running" | "stopping" | "ended";
export type ChildSignal = "spawned" | "ready" | "exited" | "stop";

/** Every cell is written, so that no late signal, like a readiness after the stop, decides by accident. */
const NEXT_STATE: Readonly<Record<ChildState, Readonly<Record<ChildSignal, ChildState>>>> = {
  waiting: { spawned: "starting", ready: "waiting", exited: "waiting", stop: "ended" },
  starting: { spawned: "starting", ready: "running", exited: "waiting", stop: "stopping" },
  running: { spawned: "running", ready: "running", exited: "waiting", stop: "stopping" },
  stopping: { spawned: "stopping", ready: "stopping", exited: "ended", stop: "stopping" },
  ended: { spawned: "ended", ready: "ended", exited: "ended", stop: "ended" },
};

export function nextChildState(state: ChildState, signal: ChildSignal): ChildState {
  return NEXT_STATE[state][signal];
}
