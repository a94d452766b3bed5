import type { SqliteFile } from "./sqlite-file.ts";
import { waitForLock } from "./wait-for-lock.ts";

/** Past this, whoever writes next empties the log, or does not write. */
const LOG_LIMIT_BYTES = 64 * 1024 * 1024;

/** Takes the file's write lock, and waits for it. */
export function beginWriting(file: SqliteFile, lockTimeoutMs: number): void {
  file.db.run("PRAGMA busy_timeout = 0");
  try {
    waitForLock(() => tryToBegin(file), lockTimeoutMs);
  } finally {
    file.db.run(`PRAGMA busy_timeout = ${lockTimeoutMs}`);
  }
}

function tryToBegin({ db, logBytes }: SqliteFile): boolean {
  if (logBytes() > LOG_LIMIT_BYTES) {
    const emptied = db.query<{ readonly busy: number }, []>("PRAGMA wal_checkpoint(TRUNCATE)");
    if (emptied.get()?.busy !== 0) return false;
  }
  db.run("BEGIN IMMEDIATE");
  return true;
}
