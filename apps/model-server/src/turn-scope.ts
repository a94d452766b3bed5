import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { Settings } from "@flotilla/common/settings";

/** What the headers, or the metadata, say of a turn. */
export interface TurnScope {
  readonly sessionId: string;
  /** The turn's identity: the client's own, else the request's, which is the same when NGINX repeats it. */
  readonly key: string;
  readonly expectedTurn: number | undefined;
}

/** Set by NGINX on every request, whatever the client sent; the same when a request goes to another replica. */
export const REQUEST_ID_HEADER = "x-flotilla-request-id";

/** The session id has been checked with all the other headers. */
export function readTurnScope(
  header: (name: string) => string | null,
  { session_header }: Pick<Settings, "session_header">,
): Outcome<TurnScope> {
  const requestId = header(REQUEST_ID_HEADER) ?? crypto.randomUUID();
  const key = header("idempotency-key");
  if (key !== null && !isKey(key)) {
    return failed("invalid-input", "idempotency-key must be 1 to 255 visible ASCII characters");
  }
  const turn = header("x-session-turn");
  if (turn !== null && !/^[1-9]\d{0,8}$/.test(turn)) {
    return failed("invalid-input", "x-session-turn must be a whole number, 1 or more");
  }
  return success({
    // A repeated first turn names its conversation as the first did.
    sessionId: header(session_header) ?? requestId,
    key: key === null ? requestKey(requestId) : clientKey(key),
    expectedTurn: turn === null ? undefined : Number(turn),
  });
}

export function isKey(text: string): boolean {
  return /^[\x21-\x7e]{1,255}$/.test(text);
}

/** Apart from requests' ids, so that no client can take another request's. */
export function clientKey(key: string): string {
  return `key ${key}`;
}

export function requestKey(requestId: string, ordinal?: number): string {
  return ordinal === undefined ? `request ${requestId}` : `request ${requestId} ${ordinal}`;
}
