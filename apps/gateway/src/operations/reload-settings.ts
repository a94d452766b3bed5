import { failed, type Outcome, success } from "@flotilla/common/failure";
import { perReplicaProblems } from "@flotilla/common/per-replica-problems";
import type { Settings } from "@flotilla/common/settings";
import { stateFolder } from "@flotilla/common/state-folder";
import type { Wanted } from "../keeping/render-fleet.ts";
import { readDirectives, removeOldCopies } from "../nginx/user-directives.ts";
import { refusedByNginx } from "./await-serving.ts";
import { asRunning, changedSettings, type SettingChange } from "./changed-settings.ts";
import type { OperationContext } from "./operation-context.ts";
import { restartFleet } from "./restart-fleet.ts";
import { scaleFleet } from "./scale-fleet.ts";

/** NGINX's reload, and the wait for whatever reload is under way. */
const NGINX_TIMEOUT_MS = 60_000;

/** Reads flags, variables, `flotilla.yaml` and the user's directives anew; what is refused changes nothing. */
export async function reloadSettings(context: OperationContext): Promise<Outcome<void>> {
  const { fleet, supervisor } = context;
  const before = fleet.wanted;
  const read = await supervisor.readSettings();
  if (!read.ok) return read;
  const settings = asRunning(read.value, before.settings);
  const changes = changedSettings(before.settings, settings);
  const wanted = await checkWanted(context, { settings, changes });
  if (!wanted.ok) return wanted;

  const given = await supervisor.giveSettings(read.value);
  if (!given.ok) return given;
  fleet.change(wanted.value);
  const loaded = await fleet.until(NGINX_TIMEOUT_MS, () =>
    fleet.inStep ? success(undefined) : refusedByNginx(fleet),
  );
  const detail = `NGINX has not loaded the new settings after ${NGINX_TIMEOUT_MS / 1_000} s`;
  if (!loaded?.ok) return loaded ?? failed("operation-failed", detail);
  removeOldCopies(stateFolder(settings.state).nginx, wanted.value.directives);
  return await apply(context, { settings, changes });
}

interface Change {
  readonly settings: Wanted["settings"];
  readonly changes: readonly SettingChange[];
}

async function checkWanted(
  { fleet }: OperationContext,
  { settings, changes }: Change,
): Promise<Outcome<Wanted>> {
  const fixed = changes.filter(({ concerns }) => concerns === "fleet").map(({ text }) => text);
  if (fixed.length > 0) {
    return refuse(
      "these settings cannot change while the fleet runs; mend: restart the fleet",
      fixed,
    );
  }
  const unknown = perReplicaProblems(settings);
  if (unknown.length > 0) return refuse("the settings are wrong", unknown);
  const directives = readDirectives({
    from: settings.nginx_directives,
    nginx: stateFolder(settings.state).nginx,
  });
  if (!directives.ok) return refuse("the user's directives are wrong", directives.problems);
  const wanted = { settings, directives: directives.value };
  const problems = await fleet.test(wanted);
  if (problems.length === 0) return success(wanted);
  const what = changes.map(({ text }) => text).join(", ") || "the user's directives";
  return refuse(`NGINX refuses the new configuration (${what})`, problems);
}

function refuse(what: string, problems: readonly string[]): Outcome<never> {
  const detail = `${what}: ${problems.join("; ")}`;
  return failed("refused-configuration", detail, { problems });
}

/** What NGINX cannot do alone; as few replicas as possible are restarted. */
async function apply(
  context: OperationContext,
  { settings, changes }: Change,
): Promise<Outcome<void>> {
  // Others' replicas are theirs to restart.
  if (settings.replica_hosts !== "") return success(undefined);
  context.sizeIsDue ||= changes.some(({ concerns }) => concerns === "size");
  if (context.sizeIsDue) {
    const scaled = await scaleFleet(context, settings.replicas);
    if (!scaled.ok) return scaled;
    context.sizeIsDue = false;
  }
  const outdated = await findOutdated(context, settings);
  if (!outdated.ok) return outdated;
  if (outdated.value.length === 0) return success(undefined);
  return await restartFleet(context, outdated.value);
}

/** Asked of the processes: an earlier reload may have stopped half-way, and its gateway with it. */
async function findOutdated(
  { fleet, supervisor }: OperationContext,
  settings: Settings,
): Promise<Outcome<readonly string[]>> {
  const ids: string[] = [];
  for (const { replica } of fleet.replicas) {
    const started = await supervisor.settingsOf(replica.id);
    if (!started.ok) return started;
    const changes = changedSettings(started.value, settings);
    if (changes.some(({ concerns }) => concerns === "replicas")) ids.push(replica.id);
  }
  return success(ids);
}
