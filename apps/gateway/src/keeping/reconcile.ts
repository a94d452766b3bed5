import { nginxPaths } from "@flotilla/nginx-config/nginx-paths";
import type { FleetPlan } from "../fleet/plan-fleet.ts";
import { withSources } from "../nginx/user-directives.ts";
import { waitForWorkers } from "../nginx/wait-for-workers.ts";
import type { SupervisedNginx } from "../supervisor-client.ts";
import { type Keeping, look, told } from "./keeping.ts";
import { planObserved, renderFleet, type Wanted } from "./render-fleet.ts";

const LOOK_MS = 500;
/** While a replica comes or goes somebody waits for it. */
const BUSY_LOOK_MS = 100;
/** What changes within so long becomes one reload. */
const SETTLE_MS = 200;
/** New workers are there after some 100 ms. */
const WORKERS_TIMEOUT_MS = 10_000;

/**
 * One turn of the loop: looks at the fleet, tells NGINX what it should know, and lets the replicas go that it has let
 * go. It starts from what there is, not from what an earlier turn meant to do: a gateway that dies in the middle of a
 * drain is replaced by one that goes on with it. The answer is how long to wait, if nothing happens, for the next one.
 */
export async function reconcile(keeping: Keeping): Promise<number> {
  const { wanted, supervisor, keeper } = keeping;
  const nginx = await supervisor.nginx();
  if (nginx === undefined) return LOOK_MS;
  const loaded = keeper.loaded(nginx);
  if (loaded !== keeping.loaded) Object.assign(keeping, { loaded, plan: undefined });
  if (!(await look(keeping))) return LOOK_MS;
  if (nginx.digest === null && !everyoneWasReady(keeping)) return BUSY_LOOK_MS;
  const settleMs = await tellNginx(keeping, nginx);
  await awaitWorkers(keeping);
  if (keeping.differsSince === undefined) keeping.inStepWith = wanted;
  await releaseDrained(keeping);
  if (keeping.differsSince !== undefined) return settleMs ?? LOOK_MS;
  const busy = keeping.watch.replicas.some(
    ({ state }) => state === "starting" || state === "draining",
  );
  return busy ? BUSY_LOOK_MS : LOOK_MS;
}

/** Nothing is served before: an early request would meet half of a fleet. */
function everyoneWasReady({ watch }: Keeping): boolean {
  const wanted = watch.replicas.filter(({ process }) => process.intent === "run");
  return (
    watch.replicas.length > 0 &&
    wanted.every(({ process, state }) => process.was_ready && state !== "starting")
  );
}

/** Loads what NGINX should have, if it has something else; else how long until it is time to. */
async function tellNginx(keeping: Keeping, nginx: SupervisedNginx): Promise<number | undefined> {
  const { watch, wanted, nginxVersion, folder } = keeping;
  const { replicas } = watch;
  const plan = planObserved(replicas, wanted.settings, (id) => told(keeping, id));
  const rendered = renderFleet({ ...wanted, nginxVersion, folder, replicas, plan });
  const runs = nginx.digest !== null;
  if (!rendered.ok) {
    keeping.differsSince ??= performance.now();
    refuse(keeping, { wanted, problems: rendered.problems, runs });
    return undefined;
  }
  if (rendered.value === keeping.loaded) {
    Object.assign(keeping, { plan, differsSince: undefined, refusal: [] });
    return undefined;
  }
  keeping.differsSince ??= performance.now();
  const settledInMs = keeping.differsSince + SETTLE_MS - performance.now();
  if (runs && settledInMs > 0) return settledInMs;
  await load(keeping, { text: rendered.value, plan });
  return undefined;
}

async function load(
  keeping: Keeping,
  { text, plan }: { readonly text: string; readonly plan: FleetPlan },
): Promise<void> {
  const { keeper, wanted, logger } = keeping;
  const kept = await keeper.keep(text);
  if (kept.kind === "unreachable") return;
  if (kept.kind === "refused") {
    const problems = withSources(kept.problems, wanted.directives);
    refuse(keeping, { wanted, problems, runs: kept.runs });
    return;
  }
  Object.assign(keeping, { loaded: text, plan, differsSince: undefined, refusal: [] });
  const down = [...plan].flatMap(([id, line]) => (line === "down" ? [id] : []));
  if (kept.kind === "loaded") logger.info({ down }, "NGINX has a new configuration");
}

function refuse(
  keeping: Keeping,
  refusal: {
    readonly wanted: Wanted;
    readonly problems: readonly string[];
    readonly runs: boolean;
  },
): void {
  if (keeping.wanted !== refusal.wanted) return; // settings that are replaced by now
  const isNew = keeping.refusal.join("\n") !== refusal.problems.join("\n");
  keeping.refusal = refusal.problems;
  if (isNew) keeping.onRefused(refusal);
}

async function awaitWorkers(keeping: Keeping): Promise<void> {
  const { loaded, folder, logger } = keeping;
  if (loaded === undefined || keeping.serving === loaded) return;
  const serve = await waitForWorkers({
    socket: nginxPaths(folder).statusSocket,
    configuration: loaded,
    timeoutMs: WORKERS_TIMEOUT_MS,
  });
  if (!serve) logger.error("NGINX's new workers do not tell that they serve; it goes on without");
  keeping.serving = loaded;
}

/** Those that drain, and that NGINX has let go. */
async function releaseDrained(keeping: Keeping): Promise<void> {
  const { watch, supervisor, released } = keeping;
  if (keeping.loaded === undefined || keeping.serving !== keeping.loaded) return;
  for (const { replica, state, process } of watch.replicas) {
    if (state !== "draining" || process.pid === null || told(keeping, replica.id) === "up")
      continue;
    if (released.get(replica.id) === process.pid) continue;
    const { ok } = await supervisor.release(replica.id, process.pid);
    if (ok) released.set(replica.id, process.pid);
  }
}
