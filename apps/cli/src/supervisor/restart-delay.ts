const SHORTEST_MS = 200;
const LONGEST_MS = 10_000;
/** So long it must have been ready for its next end to count as a first one. */
const READY_A_WHILE_MS = 2_000;

/** Exponential backoff: the first restart is quick, since most crashes are alone. */
export interface RestartDelay {
  /** How long to wait after an end; `readyMs`: how long the process was ready before it, 0 for never. */
  next(readyMs: number): number;
}

export function createRestartDelay(): RestartDelay {
  let endsInARow = 0;
  return {
    next(readyMs) {
      if (readyMs >= READY_A_WHILE_MS) endsInARow = 0;
      endsInARow += 1;
      return Math.min(LONGEST_MS, SHORTEST_MS * 2 ** (endsInARow - 1));
    },
  };
}
