import type { ObservedReplica } from "../fleet/watch-fleet.ts";
import type { SupervisedNginx } from "../supervisor-client.ts";
import { mergeMetrics, renderFamily } from "./merge-metrics.ts";
import { activeConnections } from "./read-stub-status.ts";

/** The whole fleet in the Prometheus text format: every replica that answers, NGINX, the gateway's view of them. */
export function fleetMetrics(options: {
  readonly replicas: readonly ObservedReplica[];
  readonly pages: ReadonlyMap<string, string>;
  readonly nginx: SupervisedNginx | undefined;
  readonly stubStatus: string | undefined;
}): string {
  const { replicas, pages, nginx, stubStatus } = options;
  const states = Map.groupBy(replicas, ({ state }) => state);
  const own = [
    renderFamily({
      name: "flotilla_gateway_replicas",
      help: "Replicas by state.",
      type: "gauge",
      samples: (["starting", "serving", "ejected", "gone"] as const).map((state) => ({
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
