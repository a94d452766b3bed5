/** What in a configuration grows with the fleet. */

const IDLE = { least: 256, ofEachReplica: 2 };
/** Replicas and their sessions, over HTTP and gRPC; the last hop keeps none. */
const UPSTREAMS_WITH_IDLE = 4;
/** A server takes up to 1 KiB of a zone. */
const ZONE = { leastKib: 256, kibOfEachReplica: 2 };

/**
 * Idle connections that an upstream keeps in each worker. They are the upstream's and not a replica's: with fewer than
 * there are replicas, nearly every request opens one.
 */
export function idleConnections(replicas: number): number {
  return Math.max(IDLE.least, IDLE.ofEachReplica * replicas);
}

/** Of each upstream: what does not fit refuses the configuration. */
export function zoneKib(replicas: number): number {
  return Math.max(ZONE.leastKib, ZONE.kibOfEachReplica * replicas);
}

/** What one of NGINX's workers may hold. All clients may be with one of them, and each asks a replica. */
export function workerLimits(options: {
  /** Clients' connections. */
  readonly clients: number;
  readonly replicas: number;
}): { readonly connections: number; readonly openFiles: number } {
  const { clients, replicas } = options;
  const connections = 2 * clients + UPSTREAMS_WITH_IDLE * idleConnections(replicas);
  // A connection may have a file, for a body that is larger than its buffer.
  return { connections, openFiles: 2 * connections };
}
