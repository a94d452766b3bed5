import { join, resolve } from "node:path";
import { availableCores } from "@flotilla/common/available-cores";
import type { Checked } from "@flotilla/common/checked";
import { localFleet } from "@flotilla/common/local-fleet";
import { formatNginxVersion } from "@flotilla/common/nginx-version";
import type { Settings } from "@flotilla/common/settings";
import { stateFolder } from "@flotilla/common/state-folder";
import { threadBudget } from "@flotilla/inference/thread-budget";
import { findNginx } from "@flotilla/nginx-binary/find-nginx";
import { EXIT_CONFIGURATION, EXIT_FORCED } from "../exit-codes.ts";
import { keepTypes } from "../handlers/keep-types.ts";
import { hostAndPort } from "../host-and-port.ts";
import { REPOSITORY } from "../repository-folder.ts";
import type { ModelDescription } from "../screen/example-request.ts";
import { readyLines, upLines } from "../screen/ready-lines.ts";
import type { Screen } from "../screen/screen.ts";
import { checkPorts } from "../supervisor/check-ports.ts";
import { claimStateFolder } from "../supervisor/claim-state-folder.ts";
import { type FleetPlan, planFleet } from "../supervisor/fleet-record.ts";
import { type SupervisedFleet, superviseFleet } from "../supervisor/supervise-fleet.ts";
import { startWatch } from "../watch/start-watch.ts";
import type { StopRequests } from "./stop-requests.ts";

export interface DevOptions {
  readonly settings: Settings;
  readonly settingsFile: string;
  /** Flags, variables and the file, as they are when it is called. */
  readonly readSettings: () => Checked<{ readonly settings: Settings }>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly screen: Screen;
  readonly writeProblems: (problems: readonly string[]) => void;
  readonly stop: StopRequests;
  /** Called with what must happen even if this process ends in a way that nobody thought of. */
  readonly atExit: (end: () => void) => void;
}

/** None is started, and there is nothing to remember of them. */
const OTHERS_REPLICAS: FleetPlan = { replicas: 0, drained: [], notes: [] };

/** The whole fleet of one host, until it is told to stop; the answer is the exit code. */
export async function runDev(options: DevOptions): Promise<number> {
  const { settings, environment, screen, writeProblems } = options;
  const start = performance.now();
  const refuse = (problems: readonly string[]) => {
    writeProblems(problems);
    return EXIT_CONFIGURATION;
  };
  const state = stateFolder(settings.state);
  const claimed = await claimStateFolder(state);
  if (!claimed.ok) return refuse(claimed.problems);
  using folder = claimed.value;
  for (const name of folder.leftovers) {
    screen.warn(`ended ${name}, which an earlier supervisor had left running`);
  }
  const plan =
    settings.replica_hosts === "" ? planFleet(state.fleet, settings.replicas) : OTHERS_REPLICAS;
  for (const note of plan.notes) screen.warn(note);
  const taken = checkPorts({ ...settings, replicas: plan.replicas });
  if (taken.length > 0) return refuse(taken);
  const nginx = await Promise.race([
    findNginx({
      configured: settings.nginx,
      path: environment["PATH"] ?? "",
      toolsFolder: join(REPOSITORY, ".tools"),
      onProgress: screen.step,
    }),
    options.stop.asked,
  ]);
  if (nginx === undefined) return EXIT_FORCED;
  if (!nginx.ok) return refuse(nginx.problems);
  screen.step(`NGINX ${formatNginxVersion(nginx.value.version)} (${nginx.value.path})`);

  screen.step(whatIsAwaited(settings, plan));
  const command = (app: string) => [
    process.execPath,
    join(REPOSITORY, "apps", app, "src", "main.ts"),
  ];
  const fleet = superviseFleet({
    fleet: {
      settings,
      state,
      environment,
      nginx: nginx.value.path,
      replicaCommand: command("model-server"),
      gatewayCommand: command("gateway"),
    },
    plan,
    readSettings: options.readSettings,
    screen,
  });
  options.atExit(fleet.kill);
  const ended = exitSignal(options);
  void keepTypes(settings.models, { screen, ended });
  if (settings.watch) {
    startWatch({ ...options, repository: REPOSITORY, fleet, stop: options.stop.asked, ended });
  }
  void fleet.serving.then(() =>
    showReady({ options, plan, seconds: (performance.now() - start) / 1_000 }),
  );
  // Awaited here: the folder is ours until the end.
  return await untilTheEnd(fleet, options);
}

function exitSignal({ atExit }: DevOptions): AbortSignal {
  const exit = new AbortController();
  atExit(() => exit.abort());
  return exit.signal;
}

function whatIsAwaited({ models, replica_hosts }: Settings, plan: FleetPlan): string {
  const loading = `${plan.replicas - plan.drained.length} replicas load ${resolve(models)}`;
  const who = replica_hosts === "" ? loading : `replicas are looked for at ${replica_hosts}`;
  return `${who}; the ports open when all are ready`;
}

async function untilTheEnd(fleet: SupervisedFleet, options: DevOptions): Promise<number> {
  const { stop, screen, writeProblems } = options;
  const problems = await Promise.race([fleet.refused, stop.asked]);
  if (problems !== undefined) {
    fleet.kill();
    await fleet.ended;
    writeProblems(problems);
    return EXIT_CONFIGURATION;
  }
  screen.step("draining: what is in flight is finished (Ctrl-C again: at once)");
  const forced = await Promise.race([
    fleet.drain().then(() => false),
    stop.forced.then(() => true),
  ]);
  if (forced) {
    fleet.kill();
    await fleet.ended;
  }
  screen.step(forced ? "stopped by force" : "stopped");
  return forced ? EXIT_FORCED : 0;
}

async function showReady(ready: {
  readonly options: DevOptions;
  readonly plan: FleetPlan;
  readonly seconds: number;
}): Promise<void> {
  const { plan, seconds } = ready;
  const { screen } = ready.options;
  if (ready.options.settings.replica_hosts !== "") {
    screen.block(upLines({ settings: ready.options.settings, seconds }));
    return;
  }
  const settings = { ...ready.options.settings, replicas: plan.replicas };
  const cores = availableCores();
  const threads = settings.threads || threadBudget({ cores, replicas: settings.replicas });
  // Of a replica itself, so that the user's first request through NGINX is the first, and server-1 answers it.
  const replica = localFleet(settings).find(({ id }) => !plan.drained.includes(id));
  const address = hostAndPort(replica?.host ?? settings.host, replica?.httpPort ?? 0);
  try {
    const answer = await fetch(`http://${address}/models`, { signal: AbortSignal.timeout(10_000) });
    const { models } = (await answer.json()) as { models: readonly ModelDescription[] };
    screen.block(readyLines({ settings, models, threads, cores, seconds }));
  } catch (error) {
    screen.warn(`the fleet serves, but does not tell its models: ${(error as Error).message}`);
  }
}
