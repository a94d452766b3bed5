import type { Checked } from "@flotilla/common/checked";
import { openMemoryStore } from "./memory-store.ts";
import { parseStore } from "./parse-store.ts";
import type { SessionStore } from "./session-store.ts";
import { openSqliteStore, type SqliteStoreOptions } from "./sqlite-store.ts";

/** Opens the store that a setting's text names; a store that is down is opened too, and comes up by itself. */
export function openStore(
  text: string,
  options: Pick<SqliteStoreOptions, "limits" | "timeoutMs">,
): Checked<SessionStore> {
  const parsed = parseStore(text);
  if (!parsed.ok) return parsed;
  const place = parsed.value;
  const store =
    place.kind === "memory"
      ? openMemoryStore(options.limits)
      : openSqliteStore({ ...options, path: place.path });
  return { ok: true, value: store };
}
