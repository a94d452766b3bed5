import { type ObservedReplica, reasonOf } from "../fleet/observe-replica.ts";
import type { FleetKeeper } from "../keeping/fleet-keeper.ts";
import type { SupervisorClient } from "../supervisor-client.ts";
import { readValue } from "./read-samples.ts";
import { scrapeReplicas } from "./scrape-replicas.ts";
import { sessionFigures } from "./session-figures.ts";

/** What `GET /status` and every operation answer. */
export async function fleetStatus(options: {
  readonly fleet: FleetKeeper;
  readonly supervisor: SupervisorClient;
  readonly nginxVersion: string;
}) {
  const { fleet, supervisor, nginxVersion } = options;
  const { replicas } = fleet;
  const { settings } = fleet.wanted;
  const [pages, nginx] = await Promise.all([
    scrapeReplicas(replicas.map(({ replica }) => replica)),
    supervisor.nginx(),
  ]);
  return {
    nginx: {
      version: nginxVersion,
      pid: nginx?.pid ?? null,
      generation: nginx?.generation ?? 0,
      reloads: nginx?.reloads ?? 0,
      in_step: fleet.inStep && fleet.refusal.length === 0,
      refused: fleet.refusal,
    },
    strategy: settings.strategy,
    replicas: replicas.map((observed) => ({
      ...describe(observed),
      weight: settings.per_replica[observed.replica.id]?.weight ?? 1,
      backup: settings.per_replica[observed.replica.id]?.backup ?? false,
      in_flight: readValue(pages.get(observed.replica.id), "flotilla_requests_in_flight"),
      sessions: sessionFigures(pages.get(observed.replica.id)),
    })),
  };
}

function describe(observed: ObservedReplica) {
  const { replica, state, process } = observed;
  return {
    id: replica.id,
    state,
    pid: process.remote ? null : process.pid,
    http: process.http,
    grpc: process.grpc,
    // An ejection lasts until the probes pass.
    ejected_until: null,
    reason: reasonOf(observed),
    restarts: process.restarts,
  };
}
