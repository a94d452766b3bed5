import type { StoreFailure, StoreHealth } from "./session-store.ts";
import type { StoreRequest } from "./store-from.ts";

/** While the store is down, it is asked this often whether it is up again. */
const PROBE_MS = 250;

/** Whether a store is up, as its last answers have it: while it is down, calls are refused at once. */
export interface StoreBreaker {
  health(): StoreHealth;
  /** Why this call is refused; undefined: it may be tried. */
  refusal(request: StoreRequest): StoreFailure | undefined;
  /** The store is down, for this reason, or up. */
  enter(trouble: StoreFailure | undefined): void;
  failure(reason: StoreFailure["reason"], detail: string): StoreFailure;
  isClosed(): boolean;
  close(): void;
}

export function createBreaker(options: {
  /** Which store, for operators. */
  readonly name: string;
  readonly probe: () => void;
  /** Those who wait learn it at once. */
  readonly onDown: () => void;
}): StoreBreaker {
  const { name, probe, onDown } = options;
  let trouble: StoreFailure | undefined;
  let prober: Timer | undefined;
  let closed = false;

  const failure = (reason: StoreFailure["reason"], detail: string): StoreFailure => ({
    reason,
    detail: `${name}: ${detail}`,
    mayBeApplied: false,
  });
  const rest = () => {
    clearInterval(prober);
    prober = undefined;
  };
  const down = () => (closed ? failure("closed", "it is closed") : trouble);
  return {
    failure,
    health() {
      const why = down();
      return why === undefined ? { state: "up" } : { state: "down", failure: why };
    },
    refusal({ operation }) {
      const why = down();
      // A full one can be read, and ending conversations mends it.
      return why?.reason === "full" && operation !== "commit" ? undefined : why;
    },
    enter(next) {
      trouble = next;
      if (next === undefined) return rest();
      if (closed) return;
      prober ??= setInterval(probe, PROBE_MS).unref();
      onDown();
    },
    isClosed: () => closed,
    close() {
      closed = true;
      rest();
      onDown();
    },
  };
}
