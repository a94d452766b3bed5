import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { Settings } from "@flotilla/common/settings";
import type { ObservedReplica } from "../fleet/observe-replica.ts";
import type { FleetKeeper } from "../keeping/fleet-keeper.ts";
import type { SupervisorClient } from "../supervisor-client.ts";

export interface OperationContext {
  readonly fleet: FleetKeeper;
  readonly supervisor: SupervisorClient;
  /** Ids of the replicas that operations take away: what is decided, though the supervisor may not show it yet. */
  readonly claims: Set<string>;
  /** A reload that stopped half-way has not made the fleet as large as the settings say: the next one does. */
  sizeIsDue: boolean;
}

/** A large model takes its time; a replica that cannot start says so earlier. */
export const START_TIMEOUT_MS = 300_000;

/** The supervisor kills a replica that is not drained before this is over. */
export function drainTimeoutMs({
  drain_delay_ms,
  deadline_ms,
}: Pick<Settings, "drain_delay_ms" | "deadline_ms">): number {
  return drain_delay_ms + deadline_ms + 20_000;
}

/** The fleet as it is at this moment. */
export async function lookAt({
  fleet,
}: OperationContext): Promise<Outcome<readonly ObservedReplica[]>> {
  return (await fleet.look())
    ? success(fleet.replicas)
    : failed("not-ready", "the supervisor does not answer");
}

/** What the supervisor is told, and the fleet as it is then. */
export async function carriedOut(
  context: OperationContext,
  order: Promise<Outcome<void>>,
): Promise<Outcome<void>> {
  const ordered = await order;
  if (!ordered.ok) return ordered;
  const looked = await lookAt(context);
  return looked.ok ? success(undefined) : looked;
}

export async function findReplica(
  context: OperationContext,
  id: string,
): Promise<Outcome<ObservedReplica>> {
  const looked = await lookAt(context);
  if (!looked.ok) return looked;
  const found = looked.value.find(({ replica }) => replica.id === id);
  if (found === undefined) {
    const ids = looked.value.map(({ replica }) => replica.id).join(", ");
    return failed("replica-not-found", `there is no such replica; there are ${ids}`);
  }
  return found.process.intent === "leave"
    ? failed("conflict", `${found.replica.id} is being removed from the fleet`)
    : success(found);
}

/** The first failure, or success when all are; undefined: there is something to wait for. */
export function together(
  outcomes: readonly (Outcome<void> | undefined)[],
): Outcome<void> | undefined {
  const failure = outcomes.find((outcome) => outcome !== undefined && !outcome.ok);
  if (failure !== undefined) return failure;
  return outcomes.includes(undefined) ? undefined : success(undefined);
}
