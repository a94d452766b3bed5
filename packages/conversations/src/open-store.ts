import type { Checked } from "@flotilla/common/checked";
import { openMemoryStore } from "./memory-store.ts";
import { parseStore, type StorePlace } from "./parse-store.ts";
import { openRedisStore } from "./redis-store.ts";
import type { SessionStore } from "./session-store.ts";
import { openSqliteStore, type SqliteStoreOptions } from "./sqlite-store.ts";

/** Opens the store that a setting's text names; a store that is down is opened too, and comes up by itself. */
export function openStore(
  text: string,
  options: Pick<SqliteStoreOptions, "limits" | "timeoutMs">,
): Checked<SessionStore> {
  const parsed = parseStore(text);
  return parsed.ok ? { ok: true, value: openPlace(parsed.value, options) } : parsed;
}

function openPlace(
  place: StorePlace,
  options: Pick<SqliteStoreOptions, "limits" | "timeoutMs">,
): SessionStore {
  switch (place.kind) {
    case "memory":
      return openMemoryStore(options.limits);
    case "sqlite":
      return openSqliteStore({ ...options, path: place.path });
    case "redis":
      return openRedisStore({ ...options, address: place.address });
  }
}
