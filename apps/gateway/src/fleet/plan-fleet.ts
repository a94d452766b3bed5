import type { Line } from "../nginx/line-of.ts";
import type { Intent } from "../supervisor-client.ts";
import type { ReplicaState } from "./replica-state.ts";

export interface PlannedReplica {
  readonly id: string;
  readonly state: ReplicaState;
  readonly intent: Intent;
  readonly wasReady: boolean;
  /** It has not become ready, and there is a reason that waiting does not mend. */
  readonly hasProblem: boolean;
  readonly backup: boolean;
  /** What NGINX was last told of it. */
  readonly line: Line;
}

/** By id: the replicas that have a `server` line, and whether it says `down`. */
export type FleetPlan = ReadonlyMap<string, "up" | "down">;

/** What NGINX is to be told. Of equal fleets the same, whatever happened before and whoever decides. */
export function planFleet(replicas: readonly PlannedReplica[]): FleetPlan {
  const isAwaited = replicas.some(
    ({ intent, wasReady, hasProblem }) => intent === "run" && !wasReady && !hasProblem,
  );
  const members = replicas.filter(
    ({ intent, wasReady, line }) =>
      intent !== "leave" &&
      // Those that are new come together: each change of the membership moves conversations.
      (line !== "none" || intent === "stay" || (wasReady && !isAwaited)),
  );
  const down = new Set([
    ...members.filter(isOut).map(({ id }) => id),
    ...ejectedToMark(members),
    ...primariesToSwap(members),
  ]);
  const last = lastToKeep(members);
  if (last !== undefined) down.delete(last);
  return new Map(members.map(({ id }) => [id, down.has(id) ? "down" : "up"] as const));
}

/**
 * A drain is a fact. One without a process, or not ready yet, keeps what it had: NGINX sees a crash by itself, and one
 * that was left out comes back when it serves, without a reload in between.
 */
function isOut({ state, line }: PlannedReplica): boolean {
  switch (state) {
    case "draining":
    case "drained":
      return true;
    case "starting":
    case "gone":
      return line === "down";
    case "serving":
    case "ejected":
      return false;
  }
}

/**
 * Never more than half of those that could serve. When most probes fail, the fault is likelier the probes' or
 * everybody's, and a slow answer is better than none.
 */
function ejectedToMark(members: readonly PlannedReplica[]): readonly string[] {
  const ejected = members.filter(({ state }) => state === "ejected");
  const serving = members.filter(({ state }) => state === "serving");
  const most = Math.floor((ejected.length + serving.length) / 2);
  return ejected.slice(0, most).map(({ id }) => id);
}

/**
 * NGINX refuses `backup` where it hashes, so backups come in when every primary is out. That a backup serves proves
 * the probes: this is not bound by the half. A primary that only starts is not waited for, nor swapped back in.
 */
function primariesToSwap(members: readonly PlannedReplica[]): readonly string[] {
  const primaries = members.filter(({ backup }) => !backup);
  const serves = ({ state }: PlannedReplica) => state === "serving";
  const isBackupUp = members.some((member) => member.backup && serves(member));
  return isBackupUp && !primaries.some(serves) ? primaries.map(({ id }) => id) : [];
}

/**
 * Where nobody serves, one of those that drain stays in, since it serves on until another is back: somebody sent all
 * of them a SIGTERM. Not one that was let go already; and none if nobody will come: then its drain would only take
 * longer.
 */
function lastToKeep(members: readonly PlannedReplica[]): string | undefined {
  if (members.some(({ state }) => state === "serving")) return undefined;
  const last = members.findLast(({ state, line }) => state === "draining" && line === "up");
  return members.some((other) => other !== last && comesBack(other)) ? last?.id : undefined;
}

function comesBack({ state, intent }: PlannedReplica): boolean {
  return state !== "ejected" && (intent === "run" || intent === "restart");
}
