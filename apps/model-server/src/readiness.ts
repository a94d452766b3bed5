export type ReadinessState = "starting" | "ready" | "failing" | "draining";

/**
 * Whether this replica wants new requests, and who wants to know. It is asked for anew at each `refresh`, and the
 * listeners hear of changes only.
 */
export interface Readiness {
  readonly state: ReadinessState;
  refresh(): void;
  onChange(listener: (state: ReadinessState) => void): void;
}

export function createReadiness(read: () => ReadinessState): Readiness {
  const listeners: ((state: ReadinessState) => void)[] = [];
  let state = read();
  return {
    get state() {
      return state;
    },
    refresh() {
      const now = read();
      if (now === state) return;
      state = now;
      for (const listener of listeners) listener(state);
    },
    onChange(listener) {
      listeners.push(listener);
    },
  };
}
