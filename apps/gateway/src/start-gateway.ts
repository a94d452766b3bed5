import { createLogger, type Logger } from "@flotilla/common/logger";
import { formatNginxVersion } from "@flotilla/common/nginx-version";
import { endRecordedProcess, readProcessRecord } from "@flotilla/common/process-record";
import type { Settings } from "@flotilla/common/settings";
import { type StateFolder, stateFolder } from "@flotilla/common/state-folder";
import { watchParent } from "@flotilla/common/watch-parent";
import { checkNginxBinary } from "@flotilla/nginx-binary/nginx-binary";
import { createGateway } from "./create-gateway.ts";
import { connectProbe } from "./fleet/probe-replica.ts";
import { checkNginxConfiguration } from "./nginx/check-nginx-configuration.ts";
import { serveOperations } from "./operations/serve-operations.ts";

export interface GatewayOptions {
  readonly settings: Settings;
  /** Started by a supervisor, which owns the replicas and NGINX. */
  readonly supervised: boolean;
  readonly exit: (code: number) => never;
  readonly writeProblems: (problems: readonly string[]) => void;
}

const EXIT_CONFIGURATION = 2;

/** The gateway of one host: probes the replicas, keeps NGINX's configuration, answers on the operations port. */
export async function startGateway(options: GatewayOptions): Promise<void> {
  const { settings, supervised, exit, writeProblems } = options;
  const refuse = (problems: readonly string[]): never => {
    writeProblems(problems);
    return exit(EXIT_CONFIGURATION);
  };
  const state = stateFolder(settings.state);
  const logger = createLogger({ level: settings.log_level, fields: {} });
  watchParent(() => void endWithSupervisor({ state, settings, logger }).then(() => exit(0)));
  process.on("SIGTERM", () => exit(0));

  const nginx = await checkNginxBinary({ path: settings.nginx, origin: "configured" });
  if (!nginx.ok) return refuse(nginx.problems);
  const nginxVersion = formatNginxVersion(nginx.value.version);
  const gateway = await createGateway({
    settings,
    nginxVersion,
    logger,
    connectProbe,
    checkConfiguration: (configuration) =>
      checkNginxConfiguration({ nginx: settings.nginx, folder: state.nginx, configuration }),
    onRefusedStart: refuse,
  });
  if (!gateway.ok) return refuse(gateway.problems);
  const ownsReplicas = supervised && settings.replica_hosts === "";
  const served = serveOperations({
    ...gateway.value,
    settings,
    nginxVersion,
    logger,
    supervised,
    ownsReplicas,
  });
  if (!served.ok) return refuse(served.problems);
  await gateway.value.fleet.run();
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
