import { failed, type Outcome, success } from "@flotilla/common/failure";
import { type ObservedReplica, reasonOf } from "../fleet/observe-replica.ts";
import type { FleetKeeper } from "../keeping/fleet-keeper.ts";
import { type OperationContext, START_TIMEOUT_MS, together } from "./operation-context.ts";

export interface AwaitedReplica {
  readonly id: string;
  /** Its process that has to end first; null: there is none. */
  readonly oldPid: number | null;
}

/** Waits until all of them serve, and NGINX sends them requests unless that is not asked for. */
export async function awaitServing(
  { fleet }: OperationContext,
  awaited: readonly AwaitedReplica[],
  { inNginx }: { readonly inNginx: boolean } = { inNginx: true },
): Promise<Outcome<void>> {
  const outcome = await fleet.until(START_TIMEOUT_MS, () =>
    together(awaited.map((one) => comeBack(fleet, one, inNginx))),
  );
  if (outcome !== undefined) return outcome;
  const late = fleet.replicas
    .filter(({ replica }) => awaited.some(({ id }) => id === replica.id))
    .map((one) => `${one.replica.id} is ${one.state} (${reasonOf(one) ?? "not in NGINX yet"})`);
  return failed("operation-failed", `after ${START_TIMEOUT_MS / 1_000} s ${late.join(", ")}`);
}

/** Undefined: it may still come. */
function comeBack(
  fleet: FleetKeeper,
  { id, oldPid }: AwaitedReplica,
  inNginx: boolean,
): Outcome<void> | undefined {
  const found = fleet.replicas.find(({ replica }) => replica.id === id);
  if (found === undefined) return failed("conflict", `${id} has left the fleet meanwhile`);
  const { intent, pid, problem } = found.process;
  if (intent === "stay" || intent === "leave") {
    return failed("conflict", `${id} was told to drain meanwhile`);
  }
  if (oldPid !== null && pid === oldPid) return undefined;
  if (intent === "run" && problem !== null) {
    return failed("operation-failed", `${id} does not come back: ${problem}`);
  }
  if (found.state !== "serving") return undefined;
  return inNginx ? inNginxNow(fleet, found) : success(undefined);
}

function inNginxNow(fleet: FleetKeeper, { replica }: ObservedReplica): Outcome<void> | undefined {
  if (fleet.lineOf(replica.id) === "up") return success(undefined);
  return refusedByNginx(fleet);
}

/** Undefined: it is not. */
export function refusedByNginx({ refusal }: FleetKeeper): Outcome<never> | undefined {
  if (refusal.length === 0) return undefined;
  const detail = `NGINX goes on with its old configuration, since it refuses the next one: ${refusal.join("; ")}`;
  return failed("operation-failed", detail, { problems: refusal });
}
