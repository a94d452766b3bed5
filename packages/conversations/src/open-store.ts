import { resolve } from "node:path";
import { type Checked, refused } from "@flotilla/common/checked";
import { openMemoryStore } from "./memory-store.ts";
import { parseRedisAddress } from "./redis-address.ts";
import { openRedisStore } from "./redis-store.ts";
import type { SessionStore } from "./session-store.ts";
import { openSqliteStore, type SqliteStoreOptions } from "./sqlite-store.ts";

/** Opens the store that a setting's text names; a store that is down is opened too, and comes up by itself. */
export function openStore(
  text: string,
  options: Pick<SqliteStoreOptions, "limits" | "timeoutMs">,
): Checked<SessionStore> {
  const { scheme = "", rest = "" } = /^(?<scheme>[a-z]+):(?<rest>.*)$/s.exec(text)?.groups ?? {};
  switch (scheme) {
    case "memory":
      return rest === ""
        ? { ok: true, value: openMemoryStore(options.limits) }
        : refused("expected nothing after `memory:`; mend: write `memory:`");
    case "sqlite":
      return rest === "" || rest === ":memory:"
        ? refused(
            "expected a file's path after `sqlite:`; mend: write `sqlite:sessions.db`, for example, or `memory:`",
          )
        : { ok: true, value: openSqliteStore({ ...options, path: resolve(rest) }) };
    case "redis":
    case "rediss":
    case "valkey":
    case "valkeys": {
      const address = parseRedisAddress(text);
      return address.ok
        ? { ok: true, value: openRedisStore({ ...options, address: address.value }) }
        : address;
    }
    default:
      return refused(
        "expected `sqlite:PATH`, `redis://HOST` or `memory:`; mend: write `sqlite:sessions.db`, for example",
      );
  }
}
