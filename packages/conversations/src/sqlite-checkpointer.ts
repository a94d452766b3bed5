import { Database } from "bun:sqlite";
import { statSync } from "node:fs";

/**
 * The thread that brings the log's turns into the SQLite file. That takes syncs of the disk, and nobody waits for
 * them here. Every replica has one; SQLite lets only one of them checkpoint at a time.
 */
declare const self: Worker;

const CHECK_MS = 100;

/** A log of this size is brought in at once, and emptied. */
const LONG_LOG_BYTES = 16 * 1024 * 1024;

/** A shorter one is after this: about what a power cut may take. */
const LONGEST_MS = 10_000;

/** Whoever empties the log stops the writers while it waits for readers: not for long, and not again at once. */
const LOCK_TIMEOUT_MS = 50;
const RETRY_MS = 1_000;

export type ToCheckpointer =
  | { readonly type: "open"; readonly path: string }
  | { readonly type: "close" };

let nextShort = 0;
let nextLong = 0;

self.onmessage = ({ data }: MessageEvent<ToCheckpointer>) => {
  if (data.type === "close") process.exit();
  else setInterval(() => check(data.path), CHECK_MS);
};

function check(path: string): void {
  const bytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  const long = bytes >= LONG_LOG_BYTES;
  const now = performance.now();
  if (bytes === 0 || now < (long ? nextLong : nextShort)) return;
  nextShort = now + LONGEST_MS;
  if (!checkpoint(path, long)) nextLong = now + RETRY_MS;
}

/** Through a connection of its own each time: the file may have been replaced. */
function checkpoint(path: string, long: boolean): boolean {
  try {
    using db = new Database(path, { readwrite: true, create: false });
    db.run(`PRAGMA busy_timeout = ${LOCK_TIMEOUT_MS}`);
    // Nearly everything while writers go on, and only then the rest while they wait.
    const modes = long ? ["PASSIVE", "TRUNCATE"] : ["PASSIVE"];
    const results = modes.map((mode) =>
      db.query<{ readonly busy: number }, []>(`PRAGMA wal_checkpoint(${mode})`).get(),
    );
    return results.every((result) => result?.busy === 0);
  } catch {
    // The store's own thread meets the same trouble and reports it.
    return false;
  }
}
