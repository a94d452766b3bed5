/** Nothing in flight and nothing new for so long: the upstreams have let go of this replica. */
const QUIET_MS = 1_000;
const POLL_MS = 50;

/**
 * What SIGTERM starts. The replica goes on serving, since requests still arrive until NGINX knows; it ends when it is
 * told that it is out of the upstreams (a second SIGTERM) and has been quiet for a second, or when `delayMs` is over.
 */
export interface Drain {
  readonly draining: boolean;
  /** The first call begins, any further one says: out of the upstreams. */
  signal(): void;
}

export function createDrain(options: {
  readonly delayMs: number;
  readonly inFlight: () => number;
  /** Requests that ever arrived: whether there were new ones. */
  readonly arrived: () => number;
  readonly onBegin: () => void;
  /** Close the listeners, finish what is in flight, exit. */
  readonly onEnd: () => void;
}): Drain {
  let draining = false;
  let removed = false;

  function watch(): void {
    let arrived = options.arrived();
    let quietSince = performance.now();
    const start = quietSince;
    const timer = setInterval(() => {
      const now = performance.now();
      if (options.arrived() !== arrived || options.inFlight() > 0) {
        arrived = options.arrived();
        quietSince = now;
      }
      const quiet = removed && now - quietSince >= QUIET_MS;
      if (!quiet && now - start < options.delayMs) return;
      clearInterval(timer);
      options.onEnd();
    }, POLL_MS);
  }

  return {
    get draining() {
      return draining;
    },
    signal() {
      if (draining) {
        removed = true;
        return;
      }
      draining = true;
      options.onBegin();
      watch();
    },
  };
}
