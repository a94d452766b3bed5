/**
 * A process of the fleet: `starting` until it answers for the first time, `running` from then on, `waiting` for its
 * restart after it ended by itself, `stopping` once it was told to go, `ended` when it has, until it is started again.
 */
export type ChildState = "waiting" | "starting" | "running" | "stopping" | "ended";
export type ChildSignal = "spawned" | "ready" | "exited" | "stop" | "start";

/** Every cell is written, so that no late signal, like a readiness after the stop, decides by accident. */
const NEXT_STATE: Readonly<Record<ChildState, Readonly<Record<ChildSignal, ChildState>>>> = {
  waiting: {
    spawned: "starting",
    ready: "waiting",
    exited: "waiting",
    stop: "ended",
    start: "waiting",
  },
  starting: {
    spawned: "starting",
    ready: "running",
    exited: "waiting",
    stop: "stopping",
    start: "starting",
  },
  running: {
    spawned: "running",
    ready: "running",
    exited: "waiting",
    stop: "stopping",
    start: "running",
  },
  // Nobody can take back what its process was told: it has to end before it can start again.
  stopping: {
    spawned: "stopping",
    ready: "stopping",
    exited: "ended",
    stop: "stopping",
    start: "stopping",
  },
  ended: { spawned: "ended", ready: "ended", exited: "ended", stop: "ended", start: "waiting" },
};

export function nextChildState(state: ChildState, signal: ChildSignal): ChildState {
  return NEXT_STATE[state][signal];
}
