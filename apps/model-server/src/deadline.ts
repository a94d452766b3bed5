/** The header with which NGINX tells when a request reached it, in seconds with milliseconds (`$msec`). */
export const ARRIVED_HEADER = "x-flotilla-arrived";

/**
 * When a request must be answered, in milliseconds of `Date.now()`: counted from its arrival at NGINX, so that a
 * retry on another replica gets no time of its own, and never longer than the configured deadline. Of an arrival
 * that cannot be (the future, or twice the deadline ago: clocks differ, or a client called the replica
 * directly and made it up) nothing is believed.
 */
export function absoluteDeadline(options: {
  readonly now: number;
  readonly arrived: string | null | undefined;
  /** What the client allows; infinite where it says nothing. */
  readonly timeoutMs: number;
  readonly deadlineMs: number;
}): number {
  const { now, deadlineMs } = options;
  const arrived = Number(options.arrived ?? Number.NaN) * 1000;
  const start = arrived <= now && arrived >= now - 2 * deadlineMs ? arrived : now;
  return start + Math.min(options.timeoutMs, deadlineMs);
}
