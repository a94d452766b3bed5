import { closestWord } from "./closest-word.ts";
import { localFleet } from "./local-fleet.ts";
import { SETTINGS, type Settings } from "./settings.ts";

/** Entries for replicas that no local fleet can have. One of a larger fleet than today's is fine: it may be scaled. */
export function perReplicaProblems({
  per_replica,
  replica_hosts,
}: Pick<Settings, "per_replica" | "replica_hosts">): readonly string[] {
  // Others' replicas have whatever names they were given.
  if (replica_hosts !== "") return [];
  const { maximum = 1 } = SETTINGS.replicas;
  const ids = localFleet({ replicas: maximum, replica_port_base: 0 }).map(({ id }) => id);
  return Object.keys(per_replica)
    .filter((id) => !ids.includes(id))
    .map((id) => {
      const closest = closestWord(id, ids);
      const mend = closest === undefined ? "" : `; mend: did you mean ${closest}?`;
      return `per_replica.${id}: no replica has this name; they are ${ids[0]} to ${ids.at(-1)}${mend}`;
    });
}
