import { type Checked, refused } from "@flotilla/common/checked";
import type { Logger } from "@flotilla/common/logger";
import { parseReplicaHosts } from "@flotilla/common/parse-replica-hosts";
import { perReplicaProblems } from "@flotilla/common/per-replica-problems";
import type { Settings } from "@flotilla/common/settings";
import { stateFolder } from "@flotilla/common/state-folder";
import { type ObservedReplica, reasonOf } from "./fleet/observe-replica.ts";
import type { ConnectProbe } from "./fleet/probe-replica.ts";
import { createFleetWatch, type FleetWatch } from "./fleet/watch-fleet.ts";
import { createFleetKeeper, type FleetKeeper } from "./keeping/fleet-keeper.ts";
import { createConfigurationKeeper } from "./nginx/configuration-keeper.ts";
import { includedDirectives, readDirectives, removeOldCopies } from "./nginx/user-directives.ts";
import { createGatewayCounters, type GatewayCounters } from "./operations/gateway-counters.ts";
import { createOperations, type Operations } from "./operations/operations.ts";
import { createPulse } from "./pulse.ts";
import { type RemoteReplicasOptions, remoteReplicas } from "./remote/remote-replicas.ts";
import { createSupervisorClient, type SupervisorClient } from "./supervisor-client.ts";

export interface Gateway {
  readonly fleet: FleetKeeper;
  readonly supervisor: SupervisorClient;
  readonly operations: Operations;
  readonly counters: GatewayCounters;
}

export interface GatewayParts {
  readonly settings: Settings;
  readonly nginxVersion: string;
  readonly logger: Logger;
  readonly connectProbe: ConnectProbe;
  /** As `remoteReplicas` takes it. */
  readonly resolve?: RemoteReplicasOptions["resolve"];
  /** What NGINX has against the configuration in a file. */
  readonly checkConfiguration: (file: string) => Promise<readonly string[]>;
  /** NGINX does not run yet, and refuses what it would run with. */
  readonly onRefusedStart: (problems: readonly string[]) => void;
}

/** All parts put together, and the configuration checked as far as it can be before any replica is ready. */
export async function createGateway(parts: GatewayParts): Promise<Checked<Gateway>> {
  const { settings, nginxVersion, logger, onRefusedStart } = parts;
  const unknown = perReplicaProblems(settings);
  if (unknown.length > 0) return refused(...unknown);
  const folder = stateFolder(settings.state).nginx;
  const local = createSupervisorClient(stateFolder(settings.state).supervisorSocket);
  const keeper = createConfigurationKeeper({
    folder,
    supervisor: local,
    check: parts.checkConfiguration,
  });
  const nginx = await local.nginx();
  const loaded = nginx && keeper.loaded(nginx);
  const owned = ownerOf({ ...parts, local, loaded });
  if (!owned.ok) return owned;
  const supervisor = owned.value;
  const directives = loaded
    ? ({ ok: true, value: includedDirectives(loaded, folder) } as const)
    : readDirectives({ from: settings.nginx_directives, nginx: folder });
  if (!directives.ok) return directives;
  removeOldCopies(folder, directives.value);

  const counters = createGatewayCounters();
  const wake = createPulse();
  const watch = watchReplicas({ ...parts, counters, onChange: wake.beat });
  const fleet = createFleetKeeper({
    wanted: { settings, directives: directives.value },
    loaded,
    watch,
    supervisor,
    keeper,
    wake,
    nginxVersion,
    folder,
    logger,
    onRefused({ problems, runs }) {
      counters.count("flotilla_gateway_refused_configurations_total");
      if (!runs) onRefusedStart(problems);
      for (const problem of problems) logger.error(`the configuration is refused: ${problem}`);
    },
  });
  await fleet.look();
  // Before anybody waits for the models: what NGINX would say of the whole fleet.
  const isKnown = fleet.replicas.length > 0;
  const problems = loaded === undefined && isKnown ? await fleet.testWhole() : [];
  if (problems.length > 0) return refused(...problems);
  const operations = createOperations({
    fleet,
    supervisor,
    onEnd: (operation, outcome) => {
      const ended = outcome.ok ? "ok" : outcome.failure.kind;
      counters.count("flotilla_gateway_operations_total", { operation, outcome: ended });
      logger.info({ operation, outcome: ended }, "operation");
    },
  });
  return { ok: true, value: { fleet, supervisor, operations, counters } };
}

/** Who has the replicas: the supervisor, or another system. */
function ownerOf({
  settings,
  local,
  ...options
}: Pick<GatewayParts, "settings" | "logger" | "resolve"> & {
  readonly local: SupervisorClient;
  readonly loaded: string | undefined;
}): Checked<SupervisorClient> {
  if (settings.replica_hosts === "") return { ok: true, value: local };
  const hosts = parseReplicaHosts(settings.replica_hosts);
  return hosts.ok
    ? { ok: true, value: remoteReplicas({ ...options, supervisor: local, hosts: hosts.value }) }
    : hosts;
}

function watchReplicas(
  options: Pick<GatewayParts, "logger" | "connectProbe"> & {
    readonly counters: GatewayCounters;
    readonly onChange: () => void;
  },
): FleetWatch {
  const { counters, logger, onChange } = options;
  return createFleetWatch({
    connect: options.connectProbe,
    onChange(now: ObservedReplica, before) {
      const { replica, state } = now;
      onChange();
      if (state === before?.state) return;
      logger.info({ id: replica.id, state, reason: reasonOf(now) }, "replica");
      if (state !== "ejected") return;
      counters.count("flotilla_gateway_ejections_total", { server_id: replica.id });
    },
    onFailedProbe: ({ protocol }) =>
      counters.count("flotilla_gateway_probe_failures_total", { protocol }),
  });
}
