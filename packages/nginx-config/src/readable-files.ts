import { type PlainFleet, parseFleetSpec } from "./fleet-spec.ts";
import { renderNginxConf } from "./render-nginx-conf.ts";

/** The Dockerfile's NGINX with Compose's names, and every setting at its default. */
const COMPOSE_FLEET: PlainFleet = {
  nginx: "1.30.0",
  http: { host: "0.0.0.0", port: 8000 },
  grpc: { host: "0.0.0.0", port: 8001 },
  replicas: [1, 2, 3].map((n) => ({
    id: `server-${n}`,
    http: { host: `model-server-${n}`, port: 8000 },
    grpc: { host: `model-server-${n}`, port: 8001 },
    down: false,
    weight: 1,
    maxConns: 0,
    backup: false,
  })),
  strategy: "round-robin",
  hashOn: "client-address",
  trustedProxies: [],
  directives: { http: [], server: [] },
  sessionHeader: "x-session-id",
  maxFails: 1,
  failTimeoutMs: 1_000,
  bodyLimitBytes: 16 * 1024 ** 2,
  grpcMessageLimitBytes: 64 * 1024 ** 2,
  headerLimitBytes: 16 * 1024,
  deadlineMs: 30_000,
  grpcStreamsLimit: 128,
  folder: "/var/lib/flotilla",
};

/** The configurations that people read and use as they are, by path from the repository's root. */
export function readableFiles(): ReadonlyMap<string, string> {
  const fleet = parseFleetSpec(COMPOSE_FLEET);
  if (!fleet.ok) throw new Error(fleet.problems.join("\n"));
  return new Map([["nginx/round-robin.conf", renderNginxConf(fleet.value)]]);
}
