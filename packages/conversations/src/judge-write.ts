import { KEPT_TURNS, type TurnWrite, type WriteResult } from "./session-store.ts";

/** What a store knows of a conversation when a turn is to be written to it. */
export interface StoredVersion {
  readonly version: string;
  readonly turns: number;
  /** 0: there is none. */
  readonly snapshotTurn: number;
}

/**
 * Why a turn whose key is new is not written; undefined: it is. The one rule of every store; `redis-scripts.ts` says it
 * in the server's language.
 */
export function judgeWrite(
  { expectedVersion, turn, snapshot }: TurnWrite,
  stored: StoredVersion | undefined,
): WriteResult | undefined {
  if ((stored?.version ?? null) !== expectedVersion || turn.n !== (stored?.turns ?? 0) + 1) {
    return { status: "conflict" };
  }
  // Turns that a restore needs would leave with the window of keys.
  if (snapshot === undefined && turn.n - (stored?.snapshotTurn ?? 0) > KEPT_TURNS) {
    return unreplayable(turn.n);
  }
  return undefined;
}

export function unreplayable(n: number): WriteResult {
  const detail = `turn ${n} has no snapshot, nor had the ${KEPT_TURNS} before it`;
  return { status: "refused", detail };
}

export function tooManyConversations(limit: number): WriteResult {
  const detail = `the session store holds ${limit} conversations, its limit; mend: raise the limit, or let idle ones expire sooner`;
  return { status: "refused", detail };
}

export function noRoom(bytesLimit: number): WriteResult {
  const detail = `the session store has no room left of its ${bytesLimit} bytes (a new conversation finds none once nine tenths are used); mend: raise the limit, or let idle conversations expire sooner`;
  return { status: "refused", detail };
}
