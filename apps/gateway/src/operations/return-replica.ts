import type { Outcome } from "@flotilla/common/failure";
import { awaitServing } from "./await-serving.ts";
import { carriedOut, findReplica, type OperationContext } from "./operation-context.ts";

/** Starts a drained replica again; one that still drains first ends. */
export async function returnReplica(context: OperationContext, id: string): Promise<Outcome<void>> {
  const found = await findReplica(context, id);
  if (!found.ok) return found;
  const { state, process } = found.value;
  if (state !== "serving") {
    const ordered = await carriedOut(context, context.supervisor.start(id));
    if (!ordered.ok) return ordered;
  }
  return await awaitServing(context, [{ id, oldPid: state === "draining" ? process.pid : null }]);
}
