import { KEPT_TURNS } from "./session-store.ts";

/*
 * The keys of a conversation's kept turns as 4 bytes each, that of turn n at n % 64. They are in the row that every
 * turn changes anyway: an index of all keys was measured at a quarter of what a turn writes.
 */

/** The places where this key may be; whether it is, the turn there says. */
export function placesOfKey(keys: Uint8Array, key: string): readonly number[] {
  const hash = Bun.hash.xxHash32(key);
  const hashes = new DataView(keys.buffer, keys.byteOffset, keys.byteLength);
  const places = Array.from({ length: KEPT_TURNS }, (_, place) => place);
  return places.filter((place) => hashes.getUint32(place * 4, true) === hash);
}

export function withKey(
  keys: Uint8Array | undefined,
  { n, key }: { readonly n: number; readonly key: string },
): Uint8Array {
  const changed = keys?.slice() ?? new Uint8Array(KEPT_TURNS * 4);
  new DataView(changed.buffer).setUint32((n % KEPT_TURNS) * 4, Bun.hash.xxHash32(key), true);
  return changed;
}
