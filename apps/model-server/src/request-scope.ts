import { type Failure, failed, type Outcome, success } from "@flotilla/common/failure";
import { requestId } from "@flotilla/common/request-id";
import type { Settings } from "@flotilla/common/settings";
import { ARRIVED_HEADER, absoluteDeadline } from "./deadline.ts";

/** Set by NGINX where a request is not on its first hop. */
const REPEATED_HEADER = "x-flotilla-repeated";

/** What the headers, or the metadata, of an inference request say. */
export interface RequestScope {
  readonly requestId: string;
  /** Of `performance.now()`. */
  readonly startedAt: number;
  /** Milliseconds of `Date.now()`. */
  readonly deadlineMs: number;
  /** NGINX brought it to another replica before, whose connection broke. */
  readonly repeated: boolean;
}

/**
 * `header` gives a header's text, several of one name joined by commas, as HTTP has it; `timeoutMs` is what the
 * transport itself allows, and the shorter of it and the header's counts.
 */
export function readScope(
  header: (name: string) => string | null,
  settings: Pick<Settings, "deadline_ms" | "session_header">,
  timeoutMs = Number.POSITIVE_INFINITY,
): { readonly scope: RequestScope; readonly failure: Failure | undefined } {
  const timeout = readTimeout(header("x-timeout-ms"));
  const session = checkSessionId(header(settings.session_header), settings.session_header);
  const scope = {
    requestId: requestId(header("x-request-id")),
    startedAt: performance.now(),
    deadlineMs: absoluteDeadline({
      now: Date.now(),
      arrived: header(ARRIVED_HEADER),
      timeoutMs: Math.min(timeoutMs, timeout.ok ? timeout.value : timeoutMs),
      deadlineMs: settings.deadline_ms,
    }),
    repeated: header(REPEATED_HEADER) !== null,
  };
  const wrong = timeout.ok ? session : timeout;
  return { scope, failure: wrong.ok ? undefined : wrong.failure };
}

function readTimeout(text: string | null): Outcome<number> {
  if (text === null) return success(Number.POSITIVE_INFINITY);
  return /^[1-9]\d{0,8}$/.test(text)
    ? success(Number(text))
    : failed("invalid-input", "x-timeout-ms must be a whole number of milliseconds, 1 or more");
}

/** Two headers of this name arrive joined by a comma, which no session id has. */
function checkSessionId(text: string | null, header: string): Outcome<undefined> {
  return text === null || /^[A-Za-z0-9._~-]{1,128}$/.test(text)
    ? success(undefined)
    : failed("invalid-input", `${header} must be sent once, with 1 to 128 of A-Z a-z 0-9 . _ ~ -`);
}
