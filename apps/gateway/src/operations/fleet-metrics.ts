import type { ObservedReplica } from "../fleet/observe-replica.ts";
import { REPLICA_STATES } from "../fleet/replica-state.ts";
import type { SupervisedNginx } from "../supervisor-client.ts";
import type { GatewayCounters } from "./gateway-counters.ts";
import { mergeMetrics, renderFamily } from "./merge-metrics.ts";
import { activeConnections } from "./read-stub-status.ts";

/** The whole fleet in the Prometheus text format: every replica that answers, NGINX, the gateway's view of them. */
export function fleetMetrics(options: {
  readonly replicas: readonly ObservedReplica[];
  readonly pages: ReadonlyMap<string, string>;
  readonly nginx: SupervisedNginx | undefined;
  readonly stubStatus: string | undefined;
  readonly counters: GatewayCounters;
}): string {
  const { replicas, pages, nginx, stubStatus, counters } = options;
  const states = Map.groupBy(replicas, ({ state }) => state);
  const own = [
    renderFamily({
      name: "flotilla_gateway_replicas",
      help: "Replicas by state.",
      type: "gauge",
      samples: REPLICA_STATES.map((state) => ({
        labels: `{state="${state}"}`,
        value: states.get(state)?.length ?? 0,
      })),
    }),
    renderFamily({
      name: "flotilla_gateway_replicas_without_metrics",
      help: "Replicas whose own metrics are missing on this page: they did not answer in time.",
      type: "gauge",
      samples: [{ labels: "", value: replicas.length - pages.size }],
    }),
    ofEachReplica(replicas, {
      name: "flotilla_replica_restarts_total",
      help: "Starts of a replica after its first one.",
      value: ({ process }) => process.restarts,
    }),
    ofEachReplica(replicas, {
      name: "flotilla_replica_hangs_total",
      help: "How often a replica was killed because it hung.",
      value: ({ process }) => process.hangs ?? 0,
    }),
    ...counters.render(),
    renderFamily({
      name: "flotilla_nginx_reloads_total",
      help: "Configurations that a running NGINX was told to load.",
      type: "counter",
      samples: nginx ? [{ labels: "", value: nginx.reloads }] : [],
    }),
    renderFamily({
      name: "flotilla_nginx_connections_active",
      help: "Connections that NGINX has open, to clients and idle ones included.",
      type: "gauge",
      samples: stubStatus ? [{ labels: "", value: activeConnections(stubStatus) }] : [],
    }),
  ];
  return mergeMetrics([...own, ...pages.values()]);
}

function ofEachReplica(
  replicas: readonly ObservedReplica[],
  family: {
    readonly name: string;
    readonly help: string;
    readonly value: (replica: ObservedReplica) => number;
  },
): string {
  const samples = replicas.map((observed) => ({
    labels: `{server_id="${observed.replica.id}"}`,
    value: family.value(observed),
  }));
  return renderFamily({ name: family.name, help: family.help, type: "counter", samples });
}
