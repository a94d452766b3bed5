import type { LocalReplica } from "@flotilla/common/local-fleet";
import { connectHealth } from "@flotilla/proto/health-connection";
import { urlHost } from "../url-host.ts";
import { probeHttp } from "./probe-http.ts";

export interface ProbeProblem {
  readonly protocol: "http" | "grpc";
  /** For people: the protocol's name and how it failed. */
  readonly text: string;
}

export interface ProbeResult {
  /** It says of itself that it drains. */
  readonly draining: boolean;
  /** None: it is ready over both protocols. */
  readonly problems: readonly ProbeProblem[];
}

/** Probes a replica over both protocols at once; the gRPC channel is kept between two probes. */
export interface ReplicaProbe extends Disposable {
  probe(): Promise<ProbeResult>;
}

export type ConnectProbe = (replica: LocalReplica) => ReplicaProbe;

/** Long, because a replica that is only slow is better kept: readiness itself costs it microseconds. */
const TIMEOUT_MS = 2_000;

export function connectProbe({ host, httpPort, grpcPort }: LocalReplica): ReplicaProbe {
  const name = urlHost(host);
  const health = connectHealth(`${name}:${grpcPort}`);
  return {
    async probe() {
      const [http, grpc] = await Promise.all([
        probeHttp(`http://${name}:${httpPort}/health/ready`, TIMEOUT_MS),
        health.check(TIMEOUT_MS),
      ]);
      const problems: ProbeProblem[] = [];
      if (http !== undefined) problems.push({ protocol: "http", text: `HTTP: ${http}` });
      if (grpc !== undefined) problems.push({ protocol: "grpc", text: `gRPC: ${grpc}` });
      return { draining: http === "draining", problems };
    },
    [Symbol.dispose]: () => health[Symbol.dispose](),
  };
}
