import type { Line } from "./fit-line.ts";

/** What was measured of the parts; CPU in milliseconds. */
export interface FleetCosts {
  /** Of one request. */
  readonly requestMs: { readonly replica: number; readonly nginx: number };
  /** Of a replica in a second without requests, with one gateway that probes it. */
  readonly idleReplicaMs: number;
  /** Of a gateway in a second without changes, over the number of its replicas. */
  readonly gatewayMs: Line;
  readonly gatewayBytes: Line;
  /** NGINX's master and workers, over the number of replicas. */
  readonly nginxBytes: Line;
  /** Test, and time until the new workers serve. */
  readonly reloads: readonly { readonly replicas: number; readonly ms: number }[];
}

export interface Deployment {
  readonly replicas: number;
  /** Each with a gateway of its own, and all replicas behind it. */
  readonly nginxes: number;
  /** Of each NGINX. */
  readonly cores: number;
  /** CPU that a model takes a request, beyond the one that was measured. */
  readonly modelMs: number;
}

export interface Prediction {
  readonly perSecond: number;
  /** What is busy all the time first. */
  readonly limit: "NGINX" | "replicas";
  /** So many NGINX would give the replicas all they can do. */
  readonly nginxesNeeded: number;
  /** Of one core, of each gateway: over 1 it cannot keep up. */
  readonly gatewayShare: number;
  readonly probesPerSecond: number;
  /** Of one replica's core, for all gateways together. */
  readonly probedShare: number;
  /** Of one NGINX and its gateway. */
  readonly bytes: number;
  readonly reloadMs: number;
}

const SECOND_MS = 1_000;
/** Two over each protocol, and one look at the address. */
const PROBES_PER_SECOND = 5;
/** Half the time between two probes, and what the gateway waits for further changes. */
export const NOTICE_MS = 450;

/**
 * Assumes that each replica has one core for itself, that each NGINX has `cores` and its gateway one more, that
 * requests spread evenly, that the network is free, and that cost grows as it does between the measured points.
 */
export function predictFleet(costs: FleetCosts, deployment: Deployment): Prediction {
  const { replicas, nginxes, cores, modelMs } = deployment;
  const probedMs = costs.idleReplicaMs * nginxes;
  const freeMs = Math.max(0, SECOND_MS - probedMs);
  const byReplicas = (replicas * freeMs) / (costs.requestMs.replica + modelMs);
  const byOneNginx = (cores * SECOND_MS) / costs.requestMs.nginx;
  const byNginx = nginxes * byOneNginx;
  return {
    perSecond: Math.min(byReplicas, byNginx),
    limit: byNginx < byReplicas ? "NGINX" : "replicas",
    nginxesNeeded: Math.max(1, Math.ceil(byReplicas / byOneNginx)),
    gatewayShare: at(costs.gatewayMs, replicas) / SECOND_MS,
    probesPerSecond: PROBES_PER_SECOND * replicas * nginxes,
    probedShare: probedMs / SECOND_MS,
    bytes: at(costs.nginxBytes, replicas) + at(costs.gatewayBytes, replicas),
    reloadMs: between(costs.reloads, replicas),
  };
}

export function at({ base, slope }: Line, x: number): number {
  return base + slope * x;
}

/** On the straight line between the two measured points around it, or on from the last two. */
export function between(
  points: readonly { readonly replicas: number; readonly ms: number }[],
  replicas: number,
): number {
  const next = points.findIndex((point) => point.replicas >= replicas);
  const to = next === -1 ? points.length - 1 : Math.max(1, next);
  const [from, until] = [points[to - 1], points[to]];
  if (from === undefined || until === undefined) return points[0]?.ms ?? Number.NaN;
  const slope = (until.ms - from.ms) / (until.replicas - from.replicas);
  return from.ms + slope * (replicas - from.replicas);
}
