import type { LocalReplica } from "@flotilla/common/local-fleet";
import type { Settings } from "@flotilla/common/settings";
import type { PlainFleet } from "@flotilla/nginx-config/fleet-spec";

/** The local fleet as the renderer takes it. */
export function plainFleet(options: {
  readonly settings: Settings;
  readonly replicas: readonly LocalReplica[];
  readonly nginxVersion: string;
  readonly folder: string;
  /** Ids of the replicas that NGINX is to leave out. */
  readonly down: ReadonlySet<string>;
}): PlainFleet {
  const { settings, replicas, nginxVersion, folder, down } = options;
  const { host } = settings;
  return {
    nginx: nginxVersion,
    http: { host, port: settings.http_port },
    grpc: { host, port: settings.grpc_port },
    replicas: replicas.map((replica) => {
      const { weight = 1, max_conns = 0, backup = false } = settings.per_replica[replica.id] ?? {};
      return {
        id: replica.id,
        http: { host: replica.host, port: replica.httpPort },
        grpc: { host: replica.host, port: replica.grpcPort },
        down: down.has(replica.id),
        weight,
        maxConns: max_conns,
        backup,
      };
    }),
    strategy: settings.strategy,
    hashOn: settings.hash_on,
    trustedProxies: settings.trusted_proxies
      .split(",")
      .map((one) => one.trim())
      .filter(Boolean),
    directives: { http: [], server: [] },
    sessionHeader: settings.session_header,
    maxFails: settings.max_fails,
    failTimeoutMs: settings.fail_timeout_ms,
    bodyLimitBytes: settings.body_limit_bytes,
    grpcMessageLimitBytes: settings.grpc_message_limit_bytes,
    headerLimitBytes: settings.header_limit_bytes,
    deadlineMs: settings.deadline_ms,
    grpcStreamsLimit: settings.grpc_streams_limit,
    folder,
    asRoot: process.getuid?.() === 0,
  };
}
