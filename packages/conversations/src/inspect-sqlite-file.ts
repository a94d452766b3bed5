import { constants, Database } from "bun:sqlite";
import { accessSync, existsSync, constants as modes, statSync } from "node:fs";
import { type Checked, refused } from "@flotilla/common/checked";
import { sqliteFailure } from "./sqlite-failure.ts";
import { isStore } from "./sqlite-file.ts";

export interface InspectedFile {
  readonly conversations: number;
  readonly bytes: number;
}

/** What a store's file holds, without a change to it; undefined: it is not there yet. */
export function inspectSqliteFile(path: string): Checked<InspectedFile | undefined> {
  if (!existsSync(path)) return { ok: true, value: undefined };
  try {
    accessSync(path, modes.R_OK | modes.W_OK);
  } catch {
    return refused(`${path}: this user may not read and write it; mend: change its owner or mode`);
  }
  try {
    const logBytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size;
    using db = openToRead(path, logBytes !== undefined);
    const row = isStore(db)
      ? db.query<{ conversations: number }, []>("SELECT conversations FROM totals").get()
      : undefined;
    const bytes = statSync(path).size + (logBytes ?? 0);
    return { ok: true, value: { conversations: row?.conversations ?? 0, bytes } };
  } catch (error) {
    return refused(sqliteFailure(error, path).detail);
  }
}

function openToRead(path: string, hasLog: boolean): Database {
  if (hasLog) return new Database(path, { readonly: true });
  // Nobody has it open: read as if it could not change, for else SQLite would make a log beside it.
  const url = `${Bun.pathToFileURL(path).href}?immutable=1`;
  return new Database(url, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI);
}
