import { Database } from "bun:sqlite";
import { statSync } from "node:fs";
import type { SqliteThreadOptions } from "./sqlite-protocol.ts";
import { waitForLock } from "./wait-for-lock.ts";

/** "Fltl": tells this file from any other SQLite file. */
const APPLICATION_ID = 0x466c746c;
const FORMAT = 1;
const PAGE_BYTES = 1024;

const SCHEMA = `
  CREATE TABLE conversations (
    id INTEGER PRIMARY KEY,
    model TEXT NOT NULL,
    session TEXT NOT NULL,
    version TEXT NOT NULL,
    turns INTEGER NOT NULL,
    createdAt INTEGER NOT NULL,
    lastUsedAt INTEGER NOT NULL,
    serverId TEXT NOT NULL,
    snapshotTurn INTEGER NOT NULL,
    stateBytes INTEGER NOT NULL,
    -- Of the turns that are kept: recent-keys.ts.
    keys BLOB NOT NULL,
    UNIQUE (model, session)
  ) STRICT;
  CREATE INDEX conversations_by_use ON conversations (lastUsedAt);

  -- Apart from their conversations: changing a row writes all of it, and not every turn has a new snapshot.
  CREATE TABLE snapshots (conversation INTEGER PRIMARY KEY, state BLOB NOT NULL) STRICT;

  -- A ring for each conversation: slot = conversation * 64 + n % 64.
  CREATE TABLE turns (
    slot INTEGER PRIMARY KEY,
    n INTEGER NOT NULL,
    key TEXT NOT NULL,
    bodyHash TEXT NOT NULL,
    input BLOB,
    answer BLOB NOT NULL
  ) STRICT;

  CREATE TABLE totals (conversations INTEGER NOT NULL) STRICT;
  INSERT INTO totals VALUES (0);

  CREATE TABLE probe (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;

  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT};
`;

export interface SqliteFile {
  readonly db: Database;
  /** Whether it still has its name: what is written to a file without one is lost. */
  isInPlace(): boolean;
  logBytes(): number;
}

/**
 * Opens the file, or makes it; throws what SQLite throws.
 *
 * A commit is in the log, in the kernel's hands, when it returns: a killed process loses nothing. With
 * `synchronous = NORMAL` the log is synced by checkpoints alone, so a power cut may lose the turns since the last one
 * (sqlite-checkpointer.ts), the latest first; it never damages the file. Checkpoints belong to that thread, because
 * one inside a commit was what made the slowest commits slow.
 */
export function openSqliteFile({ path, limits, lockTimeoutMs }: SqliteThreadOptions): SqliteFile {
  const db = new Database(path, { create: true, readwrite: true, strict: true });
  try {
    // First of all: of several processes that open the file at once, all but one have to wait.
    db.run(`PRAGMA busy_timeout = ${lockTimeoutMs}`);
    db.run(`PRAGMA page_size = ${PAGE_BYTES}`);
    waitForLock(() => {
      db.run("PRAGMA journal_mode = WAL");
      return true;
    }, lockTimeoutMs);
    db.run("PRAGMA synchronous = NORMAL");
    db.run("PRAGMA wal_autocheckpoint = 0");
    db.run(`PRAGMA max_page_count = ${Math.ceil(limits.bytesLimit / PAGE_BYTES)}`);
    db.transaction(() => createTables(db)).immediate();
  } catch (error) {
    db.close();
    throw error;
  }
  const log = `${path}-wal`;
  const opened = [path, log].map(inode);
  return {
    db,
    isInPlace: () => inode(path) === opened[0] && inode(log) === opened[1],
    logBytes: () => statSync(log, { throwIfNoEntry: false })?.size ?? 0,
  };
}

function createTables(db: Database): void {
  if (!isStore(db)) db.run(SCHEMA);
}

/** False: the file is empty. Throws where it is another program's. */
export function isStore(db: Database): boolean {
  const { application, format, tables } = db
    .query<{ application: number; format: number; tables: number }, []>(
      `SELECT application_id AS application, user_version AS format,
         (SELECT count(*) FROM sqlite_schema) AS tables FROM pragma_application_id, pragma_user_version`,
    )
    .get() ?? { application: 0, format: 0, tables: 0 };
  if (application === APPLICATION_ID && format === FORMAT) return true;
  if (application === APPLICATION_ID) {
    throw notOurs(`it has format ${format}, and this Flotilla reads ${FORMAT}`);
  }
  if (tables > 0) throw notOurs("it is an SQLite file of another program");
  return false;
}

function notOurs(what: string): Error {
  return Object.assign(new Error(what), { code: "SQLITE_NOTADB" });
}

function inode(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}
