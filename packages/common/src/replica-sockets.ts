import { join } from "node:path";
import { SOCKET_PATH_BYTES_MAX } from "./socket-path.ts";

/** Unix sockets beside a replica's ports: a request on them costs NGINX and the replica a third less than over TCP. */
export interface ReplicaSockets {
  readonly http: string;
  readonly grpc: string;
}

/**
 * In a folder for them alone; undefined: its path is too long for a socket, or holds a blank, and NGINX's
 * `$upstream_addr` tells by blanks how often a request was sent.
 */
export function replicaSockets(folder: string, id: string): ReplicaSockets | undefined {
  const sockets = { http: join(folder, `${id}.http`), grpc: join(folder, `${id}.grpc`) };
  const fits = Object.values(sockets).every(
    (path) => /^\/[A-Za-z0-9._/+@-]+$/.test(path) && path.length <= SOCKET_PATH_BYTES_MAX,
  );
  return fits ? sockets : undefined;
}

/** How a replica is told of its own: they are no settings, for they follow from where its supervisor keeps its state. */
export const SOCKET_VARIABLES = {
  http: "FLOTILLA_HTTP_SOCKET",
  grpc: "FLOTILLA_GRPC_SOCKET",
} as const;
