import { expect, test } from "bun:test";
import type { ReplicaState } from "./replica-state.ts";
import { replicasToMark } from "./replicas-to-mark.ts";

const marked = (...states: readonly ReplicaState[]) => [
  ...replicasToMark(states.map((state, at) => ({ replica: { id: `server-${at + 1}` }, state }))),
];

test("what is ejected is left out; what has crashed NGINX sees by itself", () => {
  expect(marked("serving", "ejected", "gone")).toEqual(["server-2"]);
  expect(marked("serving", "starting", "gone")).toEqual([]);
});

test("never more than half of the fleet is left out", () => {
  expect(marked("ejected", "ejected", "ejected")).toEqual(["server-1"]);
  expect(marked("ejected", "ejected", "ejected", "serving")).toEqual(["server-1", "server-2"]);
  expect(marked("ejected")).toEqual([]);
});
