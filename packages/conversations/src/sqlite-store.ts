import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { SessionStore, StoreLimits, TurnWrite } from "./session-store.ts";
import type { ToCheckpointer } from "./sqlite-checkpointer.ts";
import { SqliteQueue } from "./sqlite-queue.ts";
import { storeFrom } from "./store-from.ts";
import { startThread } from "./store-thread.ts";

/** Of a transaction's time, so that a locked file is called locked before it is called late. */
const LOCK_SHARE = 0.75;

export interface SqliteStoreOptions {
  readonly path: string;
  readonly limits: StoreLimits;
  /** How long a transaction may take. A replica has 500 ms to say that the store is down. */
  readonly timeoutMs?: number;
  /** Calls that may wait for the transaction that runs. */
  readonly waitingLimit?: number;
  /** The store's thread, unless a test has its own. */
  readonly script?: string;
}

/**
 * The store of one host: an SQLite file that all its replicas have open. Opening never fails: a store that is down
 * says so in `health`, and comes up by itself.
 */
export function openSqliteStore(options: SqliteStoreOptions): SessionStore {
  const { path, limits, timeoutMs = 400, waitingLimit = 1_024 } = options;
  const script = options.script ?? new URL("./sqlite-worker.ts", import.meta.url).href;
  const lockTimeoutMs = Math.ceil(timeoutMs * LOCK_SHARE);
  makeFolder(path);
  const queue = new SqliteQueue({
    thread: { path, limits, lockTimeoutMs },
    script,
    timeoutMs,
    waitingLimit,
  });
  const checkpointer = startCheckpointer(path);
  return storeFrom({
    ask: ({ operation, argument }) =>
      queue.ask({
        operation,
        argument: operation === "commit" ? trimmed(argument as readonly TurnWrite[]) : argument,
      }),
    health: () => queue.health(),
    async close() {
      // Before the store's own thread, which removes the log if it is the last to close the file.
      await checkpointer.close({ type: "close" });
      await queue.close();
    },
  });
}

function startCheckpointer(path: string) {
  const checkpointer = startThread<ToCheckpointer, never>({
    script: new URL("./sqlite-checkpointer.ts", import.meta.url).href,
    onAnswer: () => {},
    // Then other replicas checkpoint, or whoever writes to a log that is too long.
    onDeath: () => {},
  });
  checkpointer.send({ type: "open", path });
  return checkpointer;
}

/** Once: a folder that goes away later was taken away, with what was in it. */
function makeFolder(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch {
    // The thread cannot open the file then, and says why.
  }
}

/** A message to a thread carries the whole buffer behind a view: of a whole body for a few bytes, say. */
function trimmed(writes: readonly TurnWrite[]): readonly TurnWrite[] {
  return writes.map((write) => ({
    ...write,
    turn: { ...write.turn, input: own(write.turn.input), answer: own(write.turn.answer) },
    ...(write.snapshot === undefined ? {} : { snapshot: own(write.snapshot) }),
  }));
}

function own(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
}
