import { availableCores } from "@flotilla/common/available-cores";
import type { LocalReplica } from "@flotilla/common/local-fleet";
import type { Settings } from "@flotilla/common/settings";
import type { PlainFleet } from "@flotilla/nginx-config/fleet-spec";
import type { FleetPlan } from "./plan-fleet.ts";

/** The fleet as the renderer takes it: the replicas that the plan has. */
export function plainFleet(options: {
  readonly settings: Settings;
  readonly directives: PlainFleet["directives"];
  readonly replicas: readonly LocalReplica[];
  readonly plan: FleetPlan;
  readonly nginxVersion: string;
  readonly folder: string;
}): PlainFleet {
  const { settings, directives, replicas, plan, nginxVersion, folder } = options;
  const { host } = settings;
  const members = replicas.filter(({ id }) => plan.has(id));
  return {
    nginx: nginxVersion,
    http: { host, port: settings.http_port },
    grpc: { host, port: settings.grpc_port },
    replicas: members.map((replica) => {
      const { weight = 1, max_conns = 0 } = settings.per_replica[replica.id] ?? {};
      return {
        id: replica.id,
        http: { host: replica.host, port: replica.httpPort },
        grpc: { host: replica.host, port: replica.grpcPort },
        sockets: replica.sockets,
        down: plan.get(replica.id) === "down",
        weight,
        maxConns: max_conns,
        backup: isBackup(settings, replica.id),
      };
    }),
    strategy: settings.strategy,
    hashOn: settings.hash_on,
    trustedProxies: settings.trusted_proxies
      .split(",")
      .map((one) => one.trim())
      .filter(Boolean),
    directives,
    sessionHeader: settings.session_header,
    maxFails: settings.max_fails,
    failTimeoutMs: settings.fail_timeout_ms,
    bodyLimitBytes: settings.body_limit_bytes,
    grpcMessageLimitBytes: settings.grpc_message_limit_bytes,
    headerLimitBytes: settings.header_limit_bytes,
    deadlineMs: settings.deadline_ms,
    grpcStreamsLimit: settings.grpc_streams_limit,
    connectionsLimit: settings.connections_limit,
    folder,
    workers: members.some(({ sockets }) => sockets !== undefined)
      ? workersBesideReplicas()
      : undefined,
    asRoot: process.getuid?.() === 0,
  };
}

/**
 * Of a small model's request NGINX takes a third of the CPU, of any other less. A worker for each core would only make
 * more processes want the same cores: on two of them, one worker instead of two costs a seventh less a request.
 */
function workersBesideReplicas(): number {
  return Math.ceil(availableCores() / 3);
}

export function isBackup({ per_replica }: Pick<Settings, "per_replica">, id: string): boolean {
  return per_replica[id]?.backup ?? false;
}
