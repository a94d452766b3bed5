import { renderFamily } from "./merge-metrics.ts";

const COUNTERS = {
  flotilla_gateway_operations_total: "Operations by name and how they ended: ok, or the failure.",
  flotilla_gateway_ejections_total: "Replicas that were taken out because their probes failed.",
  flotilla_gateway_probe_failures_total: "Failed probes of replicas that had been ready.",
  flotilla_gateway_refused_configurations_total: "Configurations that NGINX refused or warned of.",
} as const;

type CounterName = keyof typeof COUNTERS;

/** What happened since this gateway started. Labels come from short lists, never from a request. */
export interface GatewayCounters {
  count(name: CounterName, labels?: Readonly<Record<string, string>>): void;
  /** As families of the Prometheus text format. */
  render(): readonly string[];
}

export function createGatewayCounters(): GatewayCounters {
  const values = new Map<CounterName, Map<string, number>>();
  return {
    count(name, labels = {}) {
      const samples = values.get(name) ?? new Map<string, number>();
      values.set(name, samples);
      const key = renderLabels(labels);
      samples.set(key, (samples.get(key) ?? 0) + 1);
    },
    render: () =>
      (Object.keys(COUNTERS) as CounterName[]).map((name) =>
        renderFamily({
          name,
          help: COUNTERS[name],
          type: "counter",
          samples: [...(values.get(name) ?? [])].map(([labels, value]) => ({ labels, value })),
        }),
      ),
  };
}

function renderLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
