import type { SessionStore, StoreOperations, StoreOutcome } from "./session-store.ts";

export interface StoreRequest {
  readonly operation: keyof StoreOperations;
  readonly argument: unknown;
}

/** A store's methods from one function that passes requests on, as a queue or a thread in between needs it. */
export function storeFrom(parts: {
  readonly ask: (request: StoreRequest) => Promise<StoreOutcome<unknown>>;
  readonly health: SessionStore["health"];
  readonly close: SessionStore["close"];
}): SessionStore {
  const { ask, health, close } = parts;
  const method =
    <Name extends keyof StoreOperations>(operation: Name) =>
    (argument: Parameters<StoreOperations[Name]>[0]) =>
      // What `perform` gave for this operation, wherever that was.
      ask({ operation, argument }) as Promise<StoreOutcome<ReturnType<StoreOperations[Name]>>>;
  return {
    load: method("load"),
    commit: method("commit"),
    findTurn: method("findTurn"),
    describe: method("describe"),
    list: method("list"),
    end: method("end"),
    expire: method("expire"),
    health,
    close,
  };
}

export function perform(
  operations: StoreOperations,
  { operation, argument }: StoreRequest,
): unknown {
  const method = operations[operation] as (argument: unknown) => unknown;
  return method.call(operations, argument);
}
