import { balancingMethod } from "./balancing-method.ts";
import type { FleetSpec, Replica } from "./fleet-spec.ts";
import type { Pool, Protocol } from "./upstreams.ts";

/** A line for each replica that the upstream may use, in the fleet's order. */
export function renderServerLines(
  ...[fleet, protocol, pool]: readonly [FleetSpec, Protocol, Pool]
): readonly string[] {
  const { replicas, maxFails, failTimeoutMs } = fleet;
  const failures =
    pool === "last_hop"
      ? "max_fails=0"
      : `max_fails=${maxFails} fail_timeout=${failTimeoutMs / 1000}s`;
  const placed =
    pool === "last_hop"
      ? placeInLastHop(replicas)
      : placeReplicas(replicas, balancingMethod(fleet, pool));
  return placed.map((replica) => {
    const parameters = [
      addressOf(replica, protocol, pool),
      ...(replica.weight === 1 ? [] : [`weight=${replica.weight}`]),
      ...(replica.maxConns === 0 ? [] : [`max_conns=${replica.maxConns}`]),
      failures,
      ...(replica.backup ? ["backup"] : []),
      ...(replica.down ? ["down"] : []),
    ];
    return `server ${parameters.join(" ")}; # ${replica.id}`;
  });
}

/**
 * A socket that is not accepted from for a while refuses, where a port lets a connection wait: what all have refused
 * is given to their ports.
 */
function addressOf(...[replica, protocol, pool]: readonly [Replica, Protocol, Pool]): string {
  const { host, port } = replica[protocol];
  return replica.sockets === undefined || pool === "last_hop"
    ? `${host}:${port}`
    : `"unix:${replica.sockets[protocol]}"`;
}

/** Who is `down` and who is `backup` as NGINX is told, which may differ from what is wished. */
function placeReplicas(
  wished: readonly Replica[],
  { takesBackup }: { readonly takesBackup: boolean },
): readonly Replica[] {
  // An upstream without a replica answers nothing at all; one that may be broken is worth a try.
  const someoneIsUp = wished.some(({ down }) => !down);
  const hasPrimary = wished.some(({ backup }) => !backup);
  const replicas = wished.map((replica) => ({
    ...replica,
    down: replica.down && someoneIsUp,
    backup: replica.backup && hasPrimary,
  }));
  if (takesBackup) return replicas;
  // NGINX refuses `backup` with a hash and with `random`. The primaries stay even when the backups stand in for them:
  // so they keep their places, and whoever belongs to them comes back to them.
  const primaryIsUp = replicas.some(({ backup, down }) => !backup && !down);
  return replicas
    .filter(({ backup }) => !(backup && primaryIsUp))
    .map((replica) => ({ ...replica, backup: false }));
}

/**
 * Nobody is `down`: an old worker brings its last requests when the fleet may be another one than it knows, and the
 * replica that it was told to leave out may be the one that serves by now.
 */
function placeInLastHop(wished: readonly Replica[]): readonly Replica[] {
  const nonEmpty = (some: readonly Replica[], all: readonly Replica[]) =>
    some.length > 0 ? some : all;
  const up = nonEmpty(
    wished.filter(({ down }) => !down),
    wished,
  );
  const first = nonEmpty(
    up.filter(({ backup }) => !backup),
    up,
  );
  return wished.map((replica) => ({ ...replica, down: false, backup: !first.includes(replica) }));
}
