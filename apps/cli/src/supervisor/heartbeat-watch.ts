/** How often `findHung` is to be asked. */
export const HEARTBEAT_CHECK_MS = 500;
export const SILENCE_MS = 5_000;
/** A check that comes so much too late: this process itself did not run, and has heard nobody. */
const LATE_MS = 2_000;
/** So long the next one that hangs waits for the killed one to be back. */
const RECOVERY_MS = 10_000;

/**
 * Whose main thread hangs: none of its beats for 5 s, counted from the first one. One at a time, since what stops all
 * of them at once is likelier the machine, and a fleet that is killed serves nobody.
 */
export interface HeartbeatWatch {
  beat(name: string): void;
  ready(name: string): void;
  ended(name: string): void;
  /** The one to kill now. */
  findHung(): string | undefined;
}

/** `now` in milliseconds of a clock that nobody sets. */
export function createHeartbeatWatch(now: () => number): HeartbeatWatch {
  const lastBeats = new Map<string, number>();
  let checkedAt = now();
  let recovery: { readonly name: string; readonly until: number } | undefined;
  return {
    beat(name) {
      lastBeats.set(name, now());
    },
    ready(name) {
      if (recovery?.name === name) recovery = undefined;
    },
    ended(name) {
      lastBeats.delete(name);
    },
    findHung() {
      const time = now();
      const late = time - checkedAt > HEARTBEAT_CHECK_MS + LATE_MS;
      checkedAt = time;
      if (late) for (const name of lastBeats.keys()) lastBeats.set(name, time);
      if (recovery !== undefined && time < recovery.until) return undefined;
      const [longest] = [...lastBeats].sort(([, one], [, other]) => one - other);
      if (longest === undefined || time - longest[1] < SILENCE_MS) return undefined;
      const [name] = longest;
      lastBeats.delete(name);
      recovery = { name, until: time + RECOVERY_MS };
      return name;
    },
  };
}
