import { describe, expect, test } from "bun:test";
import {
  nextReplicaState,
  REPLICA_STATES,
  type ReplicaSignal,
  type ReplicaState,
} from "./replica-state.ts";

function after(...signals: readonly ReplicaSignal[]): ReplicaState {
  return signals.reduce<ReplicaState>(nextReplicaState, "starting");
}

describe("a replica", () => {
  test.each([
    ["starts until a probe passes", ["failing", "failing"], "starting"],
    ["serves from its first passed probe", ["failing", "passed"], "serving"],
    ["is ejected when its probes fail", ["passed", "failing"], "ejected"],
    ["serves again when probes pass", ["passed", "failing", "passed"], "serving"],
    ["drains from the first word of it", ["passed", "draining"], "draining"],
    ["drains on, whatever a late probe says", ["passed", "draining", "passed"], "draining"],
    ["drains when it is ejected, too", ["passed", "failing", "draining"], "draining"],
    ["is drained when it has ended as it was told", ["passed", "draining", "stopped"], "drained"],
    ["stays drained, whatever a late probe says", ["stopped", "passed", "draining"], "drained"],
    ["starts anew after a drain", ["passed", "draining", "stopped", "started"], "starting"],
    ["is gone when its process ended by itself", ["passed", "ended"], "gone"],
    ["stays gone, whatever a late probe says", ["passed", "ended", "passed", "failing"], "gone"],
    ["starts anew with a new process", ["passed", "ended", "started"], "starting"],
    ["starts anew though nobody saw the old process end", ["passed", "started"], "starting"],
    ["that was drained and is given up as such is gone", ["stopped", "ended"], "gone"],
  ] as const)("%s", (_, signals, state) => {
    expect(after(...signals)).toBe(state);
  });

  test("without a process is what its process makes of it, and nothing a probe says", () => {
    for (const state of REPLICA_STATES) {
      expect(nextReplicaState(state, "ended")).toBe("gone");
      expect(nextReplicaState(state, "stopped")).toBe("drained");
      expect(nextReplicaState(state, "started")).toBe("starting");
    }
  });
});
