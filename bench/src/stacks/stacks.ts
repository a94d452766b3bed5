import { PEERS, type PeerName } from "./peers.ts";
import type { Stack, Workload } from "./stack.ts";
import { startFlotilla } from "./start-flotilla.ts";
import { startStaticNginx } from "./start-static-nginx.ts";

export type StackName = keyof typeof OWN | PeerName;

const OWN = {
  flotilla: (workload: Workload) => startFlotilla(workload),
  /** No two requests share a run. */
  "flotilla-alone": (workload: Workload) =>
    startFlotilla(workload, { name: "flotilla-alone", manifest: "batching: { mix: never }\n" }),
  "static-nginx": startStaticNginx,
} as const;

/** Undefined: there is nothing to start it with. */
export function stackStarter(
  name: StackName,
): ((workload: Workload) => Promise<Stack>) | undefined {
  return { ...OWN, ...PEERS }[name];
}
