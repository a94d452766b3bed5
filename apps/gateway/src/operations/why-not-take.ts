import type { ObservedReplica } from "../fleet/observe-replica.ts";

/** Why these replicas cannot be taken away; undefined: others serve. `claims` are on their way out already. */
export function whyNotTake(
  replicas: readonly ObservedReplica[],
  taken: ReadonlySet<string>,
  claims: ReadonlySet<string>,
): string | undefined {
  const goes = replicas.filter(({ replica }) => taken.has(replica.id));
  const stays = replicas.filter(
    ({ replica, process }) =>
      !taken.has(replica.id) && !claims.has(replica.id) && process.intent === "run",
  );
  if (stays.some(serves)) return undefined;
  if (goes.some(serves)) return "nobody else serves";
  // It takes nothing from anybody, as long as there is someone who may serve yet.
  return stays.length > 0 ? undefined : "no other replica would serve";
}

function serves({ state }: ObservedReplica): boolean {
  return state === "serving";
}
