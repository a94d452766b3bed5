import type { ReplicaState } from "./replica-state.ts";

/**
 * The replicas that NGINX is told to leave out: those that are ejected, but never more than half of the fleet. When
 * most probes fail, the fault is likelier the probes' or everybody's, and a slow answer is better than none.
 */
export function replicasToMark(
  replicas: readonly { readonly replica: { readonly id: string }; readonly state: ReplicaState }[],
): ReadonlySet<string> {
  const ejected = replicas.filter(({ state }) => state === "ejected");
  const most = Math.floor(replicas.length / 2);
  return new Set(ejected.slice(0, most).map(({ replica }) => replica.id));
}
