import type { Database } from "bun:sqlite";
import { beginWriting } from "./begin-writing.ts";
import type { StoreFailure, StoreOperations, StoreOutcome } from "./session-store.ts";
import { sqliteFailure } from "./sqlite-failure.ts";
import { openSqliteFile, type SqliteFile } from "./sqlite-file.ts";
import { sqliteOperations } from "./sqlite-operations.ts";
import {
  begin,
  type FromSqlite,
  type SqliteThreadOptions,
  type ToSqlite,
} from "./sqlite-protocol.ts";
import { perform, type StoreRequest } from "./store-from.ts";

/**
 * The thread that owns a replica's connection to its SQLite file, because `bun:sqlite` is synchronous: it waits for
 * the disk and for other processes where it is called.
 */
declare const self: Worker;

/** As much as some turns take, so that a probe fails where they would. */
const PROBE_BYTES = 64 * 1024;

const READS: ReadonlySet<string> = new Set<keyof StoreOperations>([
  "load",
  "findTurn",
  "describe",
  "list",
]);

const STORE_WIDE: ReadonlySet<StoreFailure["reason"]> = new Set(["locked", "full", "unavailable"]);

let options: SqliteThreadOptions;
let opened: (SqliteFile & { readonly operations: StoreOperations }) | undefined;
let trouble: StoreFailure | undefined;

self.onmessage = ({ data }: MessageEvent<ToSqlite>) => {
  switch (data.type) {
    case "open":
      options = data.options;
      check(() => {});
      answer([]);
      break;
    case "run":
      answer(run(data));
      break;
    case "probe":
      check(writeProbe);
      answer([]);
      break;
    case "close":
      opened?.db.close();
      process.exit();
      break;
    default:
      data satisfies never;
  }
};

function answer(outcomes: FromSqlite["outcomes"]): void {
  self.postMessage({ outcomes, trouble } satisfies FromSqlite);
}

type Outcome = FromSqlite["outcomes"][number];

interface Part {
  readonly request: StoreRequest;
  /** False: it was given up. */
  readonly begin: () => boolean;
}

function run({ requests, claims }: Extract<ToSqlite, { type: "run" }>): readonly Outcome[] {
  return transact(
    requests.map((request, position) => ({ request, begin: () => begin(claims, position) })),
  );
}

/** All parts in one transaction; what is wrong with one of them, a damaged page for example, spoils no other. */
function transact(parts: readonly Part[]): readonly Outcome[] {
  const writes = parts.some(({ request }) => !READS.has(request.operation));
  const ready = attempt(() => beginTransaction(writes));
  if (!ready.ok) {
    enter(ready.failure);
    return parts.map(() => ready);
  }
  const { db, operations } = ready.value;
  let committing = false;
  const done = attempt(() => {
    const outcomes = parts.map(
      (part): Outcome =>
        part.begin() ? { ok: true, value: perform(operations, part.request) } : undefined,
    );
    committing = true;
    db.run("COMMIT");
    return outcomes;
  });
  if (done.ok) {
    // Reading works on a full disk too.
    if (writes || trouble?.reason !== "full") trouble = undefined;
    return done.value;
  }
  if (db.inTransaction) attempt(() => db.run("ROLLBACK"));
  const { failure } = done;
  if (STORE_WIDE.has(failure.reason)) enter(failure);
  else if (parts.length > 1) return parts.flatMap((part) => transact([part]));
  // A log that has no room for a commit does not have it; of a broken disk nobody knows.
  const mayBeApplied = committing && failure.reason === "unavailable";
  return parts.map(() => ({ ok: false, failure: { ...failure, mayBeApplied } }));
}

function enter(failure: StoreFailure): void {
  trouble = failure;
  if (failure.reason !== "full" && failure.reason !== "locked") forget();
}

function attempt<T>(action: () => T): StoreOutcome<T> {
  try {
    return { ok: true, value: action() };
  } catch (error) {
    return { ok: false, failure: sqliteFailure(error, options.path) };
  }
}

function beginTransaction(writes: boolean): NonNullable<typeof opened> {
  const file = open();
  if (writes) beginWriting(file, options.lockTimeoutMs);
  else file.db.run("BEGIN");
  return file;
}

function open(): NonNullable<typeof opened> {
  if (opened !== undefined && !opened.isInPlace()) forget();
  if (opened === undefined) {
    const file = openSqliteFile(options);
    opened = { ...file, operations: sqliteOperations(file.db, options.limits) };
  }
  return opened;
}

function forget(): void {
  opened?.db.close();
  opened = undefined;
}

/** Asks the file whether the store is up. */
function check(action: (db: Database) => void): void {
  const checked = attempt(() => action(open().db));
  if (checked.ok) trouble = undefined;
  else enter(checked.failure);
}

function writeProbe(db: Database): void {
  db.run("INSERT OR REPLACE INTO probe VALUES (1, zeroblob(?))", [PROBE_BYTES]);
  db.run("DELETE FROM probe");
}
