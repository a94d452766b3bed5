import type { FAILURE_STATUS } from "./failure-status.ts";

export type FailureKind = keyof typeof FAILURE_STATUS;

/** An expected failure. `detail` is for the client: what was wrong, where, and how to mend it; never a value of the input. */
export interface Failure {
  readonly kind: FailureKind;
  readonly detail: string;
  /** When trying again makes sense, in whole seconds: sent as `Retry-After`. */
  readonly retryAfterS?: number;
  /** The verbs a route has, for `method-not-allowed`. */
  readonly allow?: readonly string[];
  /** Where there is more than one thing to say, each of them: shown beside `detail`. */
  readonly problems?: readonly string[];
  /** For the log alone, such as a stack: no client is told. */
  readonly report?: string;
}

/** Expected failures are values; `throw` means a bug. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure };

export function success<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function failed(
  kind: FailureKind,
  detail: string,
  more: Omit<Failure, "kind" | "detail"> = {},
): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure: { kind, detail, ...more } };
}
