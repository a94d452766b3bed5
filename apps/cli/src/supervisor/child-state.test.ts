import { expect, test } from "bun:test";
import { type ChildSignal, type ChildState, nextChildState } from "./child-state.ts";

function after(...signals: readonly ChildSignal[]): ChildState {
  return signals.reduce<ChildState>(nextChildState, "waiting");
}

test.each([
  ["runs once it is ready", ["spawned", "ready"], "running"],
  ["waits for its restart when it ended by itself", ["spawned", "ready", "exited"], "waiting"],
  ["starts again after that", ["spawned", "exited", "spawned"], "starting"],
  ["that was told to stop is not restarted", ["spawned", "ready", "stop", "exited"], "ended"],
  [
    "that was told to stop while it waits never starts",
    ["spawned", "exited", "stop", "spawned"],
    "ended",
  ],
  [
    "that is stopping does not run because of a late readiness",
    ["spawned", "stop", "ready"],
    "stopping",
  ],
  [
    "that has ended starts again when it is told to",
    ["spawned", "stop", "exited", "start"],
    "waiting",
  ],
  [
    "that is stopping has to end, whoever wants it to run",
    ["spawned", "stop", "start"],
    "stopping",
  ],
] as const)("a process %s", (_, signals, state) => {
  expect(after(...signals)).toBe(state);
});
