import type { ReplicaSockets } from "./replica-sockets.ts";
import type { Settings } from "./settings.ts";

/** A replica of this host, where the supervisor starts it and the gateway finds it. */
export interface LocalReplica {
  readonly id: string;
  readonly host: string;
  readonly httpPort: number;
  readonly grpcPort: number;
  /** Where it listens, too. */
  readonly sockets?: ReplicaSockets | undefined;
}

/** As far apart as the largest fleet, so that no replica's gRPC port is another's HTTP port. */
const GRPC_OFFSET = 100;

/** The local fleet's addresses follow from the settings: a replica keeps its own across restarts. */
export function localFleet(
  settings: Pick<Settings, "replicas" | "replica_port_base">,
): readonly LocalReplica[] {
  return Array.from({ length: settings.replicas }, (_, index) => localReplica(settings, index + 1));
}

/** `server-1` is number 1. */
export function localReplica(
  settings: Pick<Settings, "replica_port_base">,
  number: number,
): LocalReplica {
  const httpPort = settings.replica_port_base + number;
  return {
    id: `server-${number}`,
    host: "127.0.0.1",
    httpPort,
    grpcPort: httpPort + GRPC_OFFSET,
  };
}
