import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { ObservedReplica } from "../fleet/observe-replica.ts";
import { awaitServing } from "./await-serving.ts";
import {
  carriedOut,
  lookAt,
  type OperationContext,
  START_TIMEOUT_MS,
} from "./operation-context.ts";
import { whyNotTake } from "./why-not-take.ts";

/**
 * Restarts the replicas one at a time, each serving before the next one drains. Broken ones come first: then a mended
 * model is tried where it costs nothing. Drained ones stay so.
 */
export async function restartFleet(
  context: OperationContext,
  /** All, unless some are named. */
  ids?: readonly string[],
): Promise<Outcome<void>> {
  const looked = await lookAt(context);
  if (!looked.ok) return looked;
  const wanted = restartOrder(looked.value);
  const [only, another] = wanted;
  if (only !== undefined && another === undefined && looked.value.length > 1) {
    const detail = `${only} is the only one that is not drained, and nobody would serve meanwhile; mend: return another one first`;
    return failed("conflict", detail);
  }
  const order = wanted.filter((id) => ids?.includes(id) ?? true);
  for (const [at, id] of order.entries()) {
    const restarted = await restartOne(context, id);
    if (!restarted.ok) return stoppedAt(restarted, order.slice(at + 1));
  }
  const staying = order.filter((id) => isWanted(find(context, id)));
  return await awaitServing(
    context,
    staying.map((id) => ({ id, oldPid: null })),
  );
}

function restartOrder(replicas: readonly ObservedReplica[]): readonly string[] {
  const rank = ({ state }: ObservedReplica) => (state === "serving" ? 1 : 0);
  return replicas
    .filter(isWanted)
    .toSorted((a, b) => rank(a) - rank(b))
    .map(({ replica }) => replica.id);
}

async function restartOne(context: OperationContext, id: string): Promise<Outcome<void>> {
  const { supervisor, claims } = context;
  const another = await awaitAnother(context, id);
  if (!another.ok) return another;
  const found = find(context, id);
  // Drained or removed by somebody meanwhile.
  if (found === undefined || !isWanted(found)) return success(undefined);
  claims.add(id);
  try {
    const ordered = await carriedOut(context, supervisor.drain(id, "restart"));
    if (!ordered.ok) return ordered;
    // Not until NGINX has it: its return and the next one's drain are one reload.
    const awaited = { id, oldPid: found.process.pid };
    const served = await awaitServing(context, [awaited], { inNginx: false });
    return !served.ok && served.failure.kind === "conflict" ? success(undefined) : served;
  } finally {
    claims.delete(id);
  }
}

/** One that serves goes only if another one does; in a fleet of one there is none to wait for. */
async function awaitAnother(
  { fleet, claims }: OperationContext,
  id: string,
): Promise<Outcome<void>> {
  const outcome = await fleet.until<Outcome<void>>(START_TIMEOUT_MS, () => {
    const { replicas } = fleet;
    if (replicas.length === 1) return success(undefined);
    const why = whyNotTake(replicas, new Set([id]), claims);
    return why === undefined ? success(undefined) : undefined;
  });
  const detail = `${id} cannot be restarted: nobody else serves after ${START_TIMEOUT_MS / 1_000} s`;
  return outcome ?? failed("operation-failed", detail);
}

function stoppedAt(
  { failure }: Extract<Outcome<void>, { readonly ok: false }>,
  left: readonly string[],
): Outcome<void> {
  const rest =
    left.length === 0
      ? ""
      : `; the restart stops here, and ${left.join(", ")} ${left.length === 1 ? "goes" : "go"} on as before`;
  return { ok: false, failure: { ...failure, detail: failure.detail + rest } };
}

function find({ fleet }: OperationContext, id: string): ObservedReplica | undefined {
  return fleet.replicas.find(({ replica }) => replica.id === id);
}

function isWanted(replica: ObservedReplica | undefined): boolean {
  return replica?.process.intent === "run" || replica?.process.intent === "restart";
}
