import type { PlainFleet } from "../src/fleet-spec.ts";
import { parseFleetSpec } from "../src/fleet-spec.ts";
import { renderNginxConf } from "../src/render-nginx-conf.ts";

export function plainFleet(changes: Partial<PlainFleet> = {}): PlainFleet {
  return {
    nginx: "1.30.6",
    http: { host: "127.0.0.1", port: 8000 },
    grpc: { host: "127.0.0.1", port: 8001 },
    replicas: [1, 2, 3].map((n) =>
      replicaAt({ id: `server-${n}`, http: 8100 + n, grpc: 8200 + n }),
    ),
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
    ...changes,
  };
}

export function replicaAt(options: {
  readonly id: string;
  readonly http: number;
  readonly grpc: number;
}): PlainFleet["replicas"][number] {
  const host = "127.0.0.1";
  return {
    id: options.id,
    http: { host, port: options.http },
    grpc: { host, port: options.grpc },
    down: false,
    weight: 1,
    maxConns: 0,
    backup: false,
  };
}

export function renderPlain(changes: Partial<PlainFleet>): string {
  const fleet = parseFleetSpec(plainFleet(changes));
  if (!fleet.ok) throw new Error(fleet.problems.join("\n"));
  return renderNginxConf(fleet.value);
}
