import { formatNginxVersion } from "@flotilla/common/nginx-version";
import { block } from "./block.ts";
import { renderTrustedProxies } from "./client-address.ts";
import { DIGEST_PATH, renderDigest, withDigest } from "./configuration-digest.ts";
import { workerLimits } from "./fleet-sizes.ts";
import type { FleetSpec } from "./fleet-spec.ts";
import { renderGrpcServer } from "./grpc-server.ts";
import { renderHttpServer, renderVerbMap } from "./http-server.ts";
import { supports } from "./nginx-features.ts";
import { nginxPaths } from "./nginx-paths.ts";
import { renderErrorMaps } from "./own-errors.ts";
import { renderRetriedMap } from "./retried-header.ts";
import { TIMEOUTS } from "./timeouts.ts";
import { renderUpstreams } from "./upstreams.ts";
import { renderUserDirectives } from "./user-directives.ts";

/** Equal fleets give equal bytes, and equal bytes need no reload. */
export function renderNginxConf(fleet: FleetSpec): string {
  return withDigest((digest) => render(fleet, digest));
}

function render(fleet: FleetSpec, digest: string): string {
  const lines = [
    `# Flotilla's configuration for NGINX ${formatNginxVersion(fleet.nginx)}. It is rendered: changes here are overwritten.`,
    ...renderProcess(fleet),
    "",
    ...block("http", [
      ...renderDefaults(fleet),
      "",
      ...renderTrustedProxies(fleet),
      ...renderUpstreams(fleet),
      "",
      ...renderErrorMaps(),
      "",
      ...renderVerbMap(),
      "",
      ...renderRetriedMap(),
      "",
      ...renderUserDirectives(fleet, "http"),
      ...renderHttpServer(fleet),
      "",
      ...renderGrpcServer(fleet),
      "",
      ...renderStatusServer(fleet, digest),
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

function renderProcess(fleet: FleetSpec): readonly string[] {
  const { connections, openFiles } = workerLimits({
    clients: fleet.connectionsLimit,
    replicas: fleet.replicas.length,
  });
  return [
    "# In the foreground: whoever started NGINX watches over it, and restarts it.",
    "daemon off;",
    ...(fleet.asRoot
      ? ["# The workers stay root: the folder below may be closed to everyone else.", "user root;"]
      : []),
    ...(fleet.workers === "auto"
      ? []
      : ["# The replicas are on the same cores, and need more of them than NGINX does."]),
    `worker_processes ${fleet.workers};`,
    `worker_rlimit_nofile ${openFiles};`,
    "# After a reload the old workers go on with the streams that they have.",
    `worker_shutdown_timeout ${TIMEOUTS.stream};`,
    `pid "${nginxPaths(fleet.folder).pidFile}";`,
    "error_log stderr;",
    "",
    ...block("events", [`worker_connections ${connections};`]),
  ];
}

function renderDefaults({ nginx, folder }: FleetSpec): readonly string[] {
  return [
    "access_log off;",
    "server_tokens off;",
    "",
    "# Clients keep their connections: by default NGINX closes one after 1,000 requests or an hour, which a gRPC client",
    "# sees as a GOAWAY in the middle of its calls.",
    "keepalive_requests 1000000;",
    "keepalive_time 24h;",
    `keepalive_timeout ${TIMEOUTS.idleClient};`,
    ...(supports(nginx, "keepalive-min-timeout")
      ? [
          "# A reload leaves a connection alone that was just used: a POST may be on its way.",
          "keepalive_min_timeout 10s;",
        ]
      : []),
    `client_header_timeout ${TIMEOUTS.headers};`,
    "",
    "# All five: NGINX makes each of these folders when it starts, used or not, and its defaults are root's.",
    ...["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (name) => `${name}_temp_path "${folder}/temp-${name.replace("_", "-")}";`,
    ),
  ];
}

function renderStatusServer({ folder }: FleetSpec, digest: string): readonly string[] {
  return [
    "# The gateway reads NGINX's own figures here, and whether its workers are those of this text; nobody else can.",
    ...block("server", [
      `listen "unix:${nginxPaths(folder).statusSocket}";`,
      ...block("location = /nginx_status", ["stub_status;"]),
      ...block(`location = ${DIGEST_PATH}`, ["default_type text/plain;", renderDigest(digest)]),
      ...block("location /", ["return 404;"]),
    ]),
  ];
}
