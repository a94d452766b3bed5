import { failed, type Outcome, success } from "@flotilla/common/failure";
import { awaitServing } from "./await-serving.ts";
import { carriedOut, drainTimeoutMs, lookAt, type OperationContext } from "./operation-context.ts";
import { whyNotTake } from "./why-not-take.ts";

/** Adds replicas, or drains those with the highest numbers and removes them. */
export async function scaleFleet(context: OperationContext, size: number): Promise<Outcome<void>> {
  const looked = await lookAt(context);
  if (!looked.ok) return looked;
  const leaving = idsOf(context, "leaving");
  const left = await awaitGone(context, leaving);
  if (!left.ok) return left;
  const ids = idsOf(context, "staying");
  if (ids.length > size) return await remove(context, ids.slice(size));
  return ids.length < size ? await add(context, size) : success(undefined);
}

async function add(context: OperationContext, size: number): Promise<Outcome<void>> {
  const { supervisor } = context;
  const before = idsOf(context, "staying");
  const ordered = await carriedOut(context, supervisor.grow(size));
  if (!ordered.ok) return ordered;
  const added = idsOf(context, "staying").filter((id) => !before.includes(id));
  const serving = await awaitServing(
    context,
    added.map((id) => ({ id, oldPid: null })),
  );
  if (serving.ok) return serving;
  const undone = await drainAway(context, added);
  const now = undone.ok
    ? `the fleet has its ${before.length} replicas as before`
    : `and the new ones are not removed: ${undone.failure.detail}`;
  const detail = `${serving.failure.detail}; ${now}`;
  return failed("operation-failed", detail);
}

async function remove(context: OperationContext, ids: readonly string[]): Promise<Outcome<void>> {
  const { fleet, claims } = context;
  const why = whyNotTake(fleet.replicas, new Set(ids), claims);
  if (why !== undefined) {
    return failed("conflict", `${ids.join(", ")} cannot be removed: ${why}`);
  }
  return await drainAway(context, ids);
}

async function drainAway(
  context: OperationContext,
  ids: readonly string[],
): Promise<Outcome<void>> {
  const { supervisor, claims } = context;
  for (const id of ids) claims.add(id);
  try {
    // The highest first: whatever happens in between, the fleet's numbers have no gap.
    for (const id of ids.toReversed()) {
      const ordered = await carriedOut(context, supervisor.drain(id, "leave"));
      if (!ordered.ok) return ordered;
    }
    return await awaitGone(context, ids);
  } finally {
    for (const id of ids) claims.delete(id);
  }
}

async function awaitGone(
  context: OperationContext,
  ids: readonly string[],
): Promise<Outcome<void>> {
  const { fleet } = context;
  const timeoutMs = drainTimeoutMs(fleet.wanted.settings);
  const rest = () =>
    fleet.replicas.map(({ replica }) => replica.id).filter((id) => ids.includes(id));
  const outcome = await fleet.until(timeoutMs, () =>
    rest().length === 0 ? success(undefined) : undefined,
  );
  const detail = `${rest().join(", ")} not gone after ${timeoutMs / 1_000} s`;
  return outcome ?? failed("operation-failed", detail);
}

function idsOf({ fleet }: OperationContext, which: "leaving" | "staying"): readonly string[] {
  return fleet.replicas
    .filter(({ process }) => (process.intent === "leave") === (which === "leaving"))
    .map(({ replica }) => replica.id);
}
