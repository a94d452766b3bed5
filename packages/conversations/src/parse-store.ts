import { resolve } from "node:path";
import { type Checked, refused } from "@flotilla/common/checked";
import { parseRedisAddress, type RedisAddress } from "./redis-address.ts";

export type StorePlace =
  | { readonly kind: "memory" }
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "redis"; readonly address: RedisAddress };

/** What the text of a setting names; nothing is opened. */
export function parseStore(text: string): Checked<StorePlace> {
  const { scheme = "", rest = "" } = /^(?<scheme>[a-z]+):(?<rest>.*)$/s.exec(text)?.groups ?? {};
  switch (scheme) {
    case "memory":
      return rest === ""
        ? { ok: true, value: { kind: "memory" } }
        : refused("expected nothing after `memory:`; mend: write `memory:`");
    case "sqlite":
      return rest === "" || rest === ":memory:"
        ? refused(
            "expected a file's path after `sqlite:`; mend: write `sqlite:sessions.db`, for example, or `memory:`",
          )
        : { ok: true, value: { kind: "sqlite", path: resolve(rest) } };
    case "redis":
    case "rediss":
    case "valkey":
    case "valkeys": {
      const address = parseRedisAddress(text);
      return address.ok ? { ok: true, value: { kind: "redis", address: address.value } } : address;
    }
    default:
      return refused(
        "expected `sqlite:PATH`, `redis://HOST` or `memory:`; mend: write `sqlite:sessions.db`, for example",
      );
  }
}
