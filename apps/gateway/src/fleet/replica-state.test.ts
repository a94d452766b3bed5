import { expect, test } from "bun:test";
import { nextReplicaState, type ReplicaSignal, type ReplicaState } from "./replica-state.ts";

function after(...signals: readonly ReplicaSignal[]): ReplicaState {
  return signals.reduce<ReplicaState>(nextReplicaState, "starting");
}

test.each([
  ["starts until a probe passes", ["failing", "failing"], "starting"],
  ["serves from its first passed probe", ["failing", "passed"], "serving"],
  ["is ejected when its probes fail", ["passed", "failing"], "ejected"],
  ["serves again when a probe passes", ["passed", "failing", "passed"], "serving"],
  [
    "is gone when its process ended, whatever a late probe says",
    ["passed", "ended", "passed"],
    "gone",
  ],
  ["starts anew with a new process", ["passed", "ended", "started"], "starting"],
  ["starts anew though nobody saw the old process end", ["passed", "started"], "starting"],
] as const)("a replica %s", (_, signals, state) => {
  expect(after(...signals)).toBe(state);
});
