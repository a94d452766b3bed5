/** Tells waiters that something changed. What changed they look up themselves: a beat that is missed costs nothing. */
export interface Pulse {
  /** Beats so far: who remembers it misses none between a look and a wait. */
  readonly count: number;
  beat(): void;
  /** At once if there were beats since `count`, else at the next one, or when the time is over. */
  next(options: { readonly after: number; readonly timeoutMs: number }): Promise<void>;
}

export function createPulse(): Pulse {
  let count = 0;
  let beaten = Promise.withResolvers<void>();
  return {
    get count() {
      return count;
    },
    beat() {
      count += 1;
      beaten.resolve();
      beaten = Promise.withResolvers<void>();
    },
    async next({ after, timeoutMs }) {
      if (count !== after) return;
      const over = Promise.withResolvers<void>();
      const timer = setTimeout(over.resolve, timeoutMs);
      await Promise.race([beaten.promise, over.promise]);
      clearTimeout(timer);
    },
  };
}
