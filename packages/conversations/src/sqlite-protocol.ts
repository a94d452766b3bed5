import type { StoreFailure, StoreLimits, StoreOutcome } from "./session-store.ts";
import type { StoreRequest } from "./store-from.ts";

export interface SqliteThreadOptions {
  readonly path: string;
  readonly limits: StoreLimits;
  /** How long it waits for another process's lock. */
  readonly lockTimeoutMs: number;
}

/** What the main thread may say to the store's thread. At most one message waits for its answer. */
export type ToSqlite =
  | { readonly type: "open"; readonly options: SqliteThreadOptions }
  | {
      readonly type: "run";
      readonly requests: readonly StoreRequest[];
      /** One a request, in shared memory: whether it is begun or given up is settled by who comes first. */
      readonly claims: Int32Array;
    }
  /** Asks whether writing works again. */
  | { readonly type: "probe" }
  | { readonly type: "close" };

/** The answer to all but `close`. */
export interface FromSqlite {
  /** Undefined for what was given up before it was begun. */
  readonly outcomes: readonly (StoreOutcome<unknown> | undefined)[];
  /** What is wrong with the store as a whole. */
  readonly trouble: StoreFailure | undefined;
}

const WAITING = 0;
const BEGUN = 1;
const GIVEN_UP = 2;

export function claimsFor(count: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT));
}

/** Whether the request at this position may run; if so, it can no longer be given up. */
export function begin(claims: Int32Array, position: number): boolean {
  return Atomics.compareExchange(claims, position, WAITING, BEGUN) !== GIVEN_UP;
}

/** Whether it is certain that the request at this position never runs. */
export function giveUp(claims: Int32Array, position: number): boolean {
  return Atomics.compareExchange(claims, position, WAITING, GIVEN_UP) !== BEGUN;
}
