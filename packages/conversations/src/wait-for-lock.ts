const PAUSE_MS = 0.3;
/** A pause that took longer says that this thread got no processor, and not for how long the file was locked. */
const PAUSE_COUNTS_MS = 5;
const NEVER_WOKEN = new Int32Array(new SharedArrayBuffer(4));

/**
 * Until `take` neither returns false nor throws that the file is busy; throws that after `timeoutMs`. SQLite's own
 * waiting pauses for longer and longer, so that of several busy replicas one starves: with three that wrote 10,000 turns
 * a second together, the slowest hundredth took 80 to 220 ms with it, and 3 to 50 ms with short pauses. And where
 * waiting for each other could last for ever it does not wait at all: of two that make a new file, one is refused.
 */
export function waitForLock(take: () => boolean, timeoutMs: number): void {
  let waitedMs = 0;
  while (!takes(take)) {
    if (waitedMs > timeoutMs) {
      throw Object.assign(new Error("database is locked"), { code: "SQLITE_BUSY" });
    }
    const begin = performance.now();
    Atomics.wait(NEVER_WOKEN, 0, 0, PAUSE_MS * (0.5 + Math.random()));
    waitedMs += Math.min(performance.now() - begin, PAUSE_COUNTS_MS);
  }
}

function takes(take: () => boolean): boolean {
  try {
    return take();
  } catch (error) {
    if ((error as { readonly code?: string }).code?.startsWith("SQLITE_BUSY")) return false;
    throw error;
  }
}
