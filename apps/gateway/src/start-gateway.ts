import { localFleet } from "@flotilla/common/local-fleet";
import { createLogger, type Logger } from "@flotilla/common/logger";
import { formatNginxVersion } from "@flotilla/common/nginx-version";
import { endRecordedProcess, readProcessRecord } from "@flotilla/common/process-record";
import type { Settings } from "@flotilla/common/settings";
import { type StateFolder, stateFolder } from "@flotilla/common/state-folder";
import { watchParent } from "@flotilla/common/watch-parent";
import { checkNginxBinary } from "@flotilla/nginx-binary/nginx-binary";
import { parseFleetSpec } from "@flotilla/nginx-config/fleet-spec";
import { nginxPaths } from "@flotilla/nginx-config/nginx-paths";
import { renderNginxConf } from "@flotilla/nginx-config/render-nginx-conf";
import { plainFleet } from "./fleet/plain-fleet.ts";
import { replicasToMark } from "./fleet/replicas-to-mark.ts";
import { type FleetWatch, watchFleet } from "./fleet/watch-fleet.ts";
import { checkNginxConfiguration } from "./nginx/check-nginx-configuration.ts";
import { createConfigurationKeeper, type KeptConfiguration } from "./nginx/configuration-keeper.ts";
import { operationsApp } from "./operations/operations-app.ts";
import { createScrape } from "./operations/scrape-replicas.ts";
import { createSupervisorClient } from "./supervisor-client.ts";

export interface GatewayOptions {
  readonly settings: Settings;
  readonly exit: (code: number) => never;
  readonly writeProblems: (problems: readonly string[]) => void;
}

const EXIT_CONFIGURATION = 2;
/** Often until the fleet is ready, since somebody waits for it. */
const STARTING_PROBE_MS = 100;
const PROBE_MS = 500;

/** The gateway of one host: probes the replicas, keeps NGINX's configuration, answers on the operations port. */
export async function startGateway(options: GatewayOptions): Promise<void> {
  const { settings, exit, writeProblems } = options;
  const refuse = (problems: readonly string[]) => {
    writeProblems(problems);
    exit(EXIT_CONFIGURATION);
  };
  const state = stateFolder(settings.state);
  const logger = createLogger({ level: settings.log_level, fields: {} });
  watchParent(() => void endWithSupervisor({ state, settings, logger }).then(() => exit(0)));
  process.on("SIGTERM", () => exit(0));

  const nginx = await checkNginxBinary({ path: settings.nginx, origin: "configured" });
  if (!nginx.ok) return refuse(nginx.problems);
  const nginxVersion = formatNginxVersion(nginx.value.version);
  const replicas = localFleet(settings);
  const fleetWithout = (down: ReadonlySet<string>) =>
    parseFleetSpec(plainFleet({ settings, replicas, nginxVersion, folder: state.nginx, down }));
  const whole = fleetWithout(new Set());
  if (!whole.ok) return refuse(whole.problems);
  const supervisor = createSupervisorClient(state.supervisorSocket);
  const watch = watchFleet({
    replicas,
    supervisor,
    onChange: ({ replica, state: now, reason }) =>
      logger.info({ id: replica.id, state: now, reason }, "replica"),
  });
  const app = operationsApp({
    watch,
    supervisor,
    nginxVersion,
    logger,
    scrape: createScrape(replicas),
    stubStatusSocket: nginxPaths(state.nginx).statusSocket,
  });
  try {
    Bun.serve({ hostname: settings.ops_host, port: settings.ops_port, fetch: app.fetch });
  } catch (error) {
    return refuse([(error as Error).message]);
  }
  const keep = createConfigurationKeeper({
    folder: state.nginx,
    supervisor,
    check: (configuration) =>
      checkNginxConfiguration({ nginx: settings.nginx, folder: state.nginx, configuration }),
  });
  const render = () => {
    const fleet = fleetWithout(replicasToMark(watch.replicas));
    return renderNginxConf(fleet.ok ? fleet.value : whole.value);
  };
  await keepUp({ watch, keep: () => keep(render()), logger, refuse });
}

interface Upkeep {
  readonly watch: FleetWatch;
  readonly keep: () => Promise<KeptConfiguration>;
  readonly logger: Logger;
  readonly refuse: (problems: readonly string[]) => void;
}

/** Forever: what the replicas do, and what NGINX should know of it. Nothing is served before all were ready. */
async function keepUp(upkeep: Upkeep): Promise<never> {
  const { watch, keep } = upkeep;
  for (;;) {
    await watch.refresh();
    if (watch.wasReady) tell(await keep(), upkeep);
    await Bun.sleep(watch.wasReady ? PROBE_MS : STARTING_PROBE_MS);
  }
}

function tell(kept: KeptConfiguration, { logger, refuse }: Upkeep): void {
  if (kept.kind === "loaded") logger.info("NGINX has a new configuration");
  if (kept.kind !== "refused") return;
  const problems = kept.problems.map((line) => `nginx -t refuses the configuration: ${line}`);
  if (!kept.runs) refuse(problems);
  for (const problem of problems) logger.error(problem);
}

/** Without the supervisor nobody restarts anything; what is in flight is finished, and NGINX ends. */
async function endWithSupervisor(options: {
  readonly state: StateFolder;
  readonly settings: Settings;
  readonly logger: Logger;
}): Promise<void> {
  const { state, settings, logger } = options;
  logger.error("the supervisor is dead: NGINX and the gateway end");
  const nginx = readProcessRecord(state.processes).find(({ name }) => name === "nginx");
  if (nginx === undefined) return;
  await endRecordedProcess(nginx, { signal: "SIGQUIT", graceMs: settings.drain_delay_ms });
}
