import { type RunningNginx, startNginx, type TESTED_SUITES } from "@flotilla/testkit/start-nginx";
import type { PlainFleet } from "../src/fleet-spec.ts";
import { renderPlain, replicaAt } from "./plain-fleet.ts";

/** Starts NGINX with the rendered configuration of a fleet that differs from the usual by `changes`. */
export function startNginxBefore(options: {
  readonly suite: (typeof TESTED_SUITES)[number];
  readonly changes: Partial<PlainFleet>;
}): Promise<RunningNginx> {
  return startNginx({
    suite: options.suite,
    renderConf: ({ version, httpPort, grpcPort, folder, asRoot }) =>
      renderPlain({
        nginx: version,
        http: { host: "127.0.0.1", port: httpPort },
        grpc: { host: "127.0.0.1", port: grpcPort },
        folder,
        asRoot,
        ...options.changes,
      }),
  });
}

/** Replicas at these HTTP ports; nobody is there for gRPC. */
export function replicasAt(ports: readonly number[]): PlainFleet["replicas"] {
  return ports.map((http, at) =>
    replicaAt({ id: `server-${at + 1}`, http, grpc: deadPort(10 + at) }),
  );
}

/** Nobody listens on these: loopback only, and too low for what the system gives out. */
export function deadPort(at: number): number {
  return 2 + at;
}

export function url(nginx: RunningNginx): string {
  return `http://127.0.0.1:${nginx.httpPort}`;
}
