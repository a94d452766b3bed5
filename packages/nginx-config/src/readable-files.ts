import { type PlainFleet, parseFleetSpec } from "./fleet-spec.ts";
import { renderNginxConf } from "./render-nginx-conf.ts";

/** The Dockerfile's NGINX with Compose's names, and every setting at its default. */
export const COMPOSE_FLEET: PlainFleet = {
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
  connectionsLimit: 4_096,
  folder: "/var/lib/flotilla",
};

const { replicas } = COMPOSE_FLEET;

/** What is set beside the defaults, by the file's name. */
const VARIANTS: Readonly<Record<string, Partial<PlainFleet>>> = {
  "round-robin": {},
  "least-conn": { strategy: "least-conn" },
  "random-two": { strategy: "random-two" },
  "ip-hash": { strategy: "ip-hash" },
  "hash-client-address": { strategy: "hash", trustedProxies: ["10.0.0.0/8"] },
  "hash-header": { strategy: "hash", hashOn: "header:x-user-id" },
  sticky: { strategy: "sticky" },
  weighted: { replicas: changeReplicas({ "server-1": { weight: 3 } }) },
  "max-conns": {
    strategy: "least-conn",
    replicas: replicas.map((replica) => ({ ...replica, maxConns: 32 })),
  },
  backup: { replicas: changeReplicas({ "server-3": { backup: true } }) },
  // As many guides have it; nginx/README.md says what it costs.
  failover: {
    maxFails: 3,
    failTimeoutMs: 30_000,
    replicas: changeReplicas({ "server-3": { backup: true } }),
  },
  "backup-with-hash": {
    strategy: "hash",
    hashOn: "header:x-user-id",
    replicas: changeReplicas({
      "server-1": { down: true },
      "server-2": { down: true },
      "server-3": { backup: true },
    }),
  },
};

function changeReplicas(
  changes: Readonly<Record<string, Partial<PlainFleet["replicas"][number]>>>,
): PlainFleet["replicas"] {
  return replicas.map((replica) => ({ ...replica, ...changes[replica.id] }));
}

/** The configurations that people read and use as they are, by path from the repository's root. */
export function readableFiles(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(VARIANTS).map(([name, changes]) => {
      const fleet = parseFleetSpec({ ...COMPOSE_FLEET, ...changes });
      if (!fleet.ok) throw new Error(`${name}: ${fleet.problems.join("\n")}`);
      return [`nginx/${name}.conf`, renderNginxConf(fleet.value)];
    }),
  );
}
