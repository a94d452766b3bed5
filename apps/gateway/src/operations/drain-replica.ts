import { failed, type Outcome, success } from "@flotilla/common/failure";
import { refusedByNginx } from "./await-serving.ts";
import {
  carriedOut,
  drainTimeoutMs,
  findReplica,
  type OperationContext,
} from "./operation-context.ts";
import { whyNotTake } from "./why-not-take.ts";

/** Takes a replica out of NGINX and ends it when it has answered everything; it stays so until it is returned. */
export async function drainReplica(context: OperationContext, id: string): Promise<Outcome<void>> {
  const { fleet, supervisor, claims } = context;
  const found = await findReplica(context, id);
  if (!found.ok) return found;
  if (found.value.state === "drained") return success(undefined);
  // From here to the claim nothing is awaited: of two drains at once the second one sees the first.
  const why = whyNotTake(fleet.replicas, new Set([id]), claims);
  if (why !== undefined) {
    return failed("conflict", `${id} cannot be drained: ${why}`);
  }
  claims.add(id);
  try {
    const ordered = await carriedOut(context, supervisor.drain(id, "stay"));
    return ordered.ok ? await awaitDrained(context, id) : ordered;
  } finally {
    claims.delete(id);
  }
}

async function awaitDrained({ fleet }: OperationContext, id: string): Promise<Outcome<void>> {
  const timeoutMs = drainTimeoutMs(fleet.wanted.settings);
  const outcome = await fleet.until<Outcome<void>>(timeoutMs, () => {
    const found = fleet.replicas.find(({ replica }) => replica.id === id);
    if (found?.process.intent !== "stay") {
      return failed("conflict", `${id} was told something else meanwhile`);
    }
    if (fleet.lineOf(id) === "up") return refusedByNginx(fleet);
    return found.state === "drained" ? success(undefined) : undefined;
  });
  return outcome ?? failed("operation-failed", `${id} has not ended after ${timeoutMs / 1_000} s`);
}
