import { expect } from "bun:test";
import { waitUntil } from "@flotilla/testkit/wait-until";
import type { SessionStore, StoreFailure, StoreOutcome } from "../src/session-store.ts";

/** What a call gives that the store could not do. */
export function failure(
  reason: StoreFailure["reason"],
  detail: string,
  mayBeApplied = false,
): Extract<StoreOutcome<never>, { ok: false }> {
  return { ok: false, failure: { reason, detail: expect.stringContaining(detail), mayBeApplied } };
}

/** What a call gives that does not wait for anything. */
export async function atOnce<T>(call: Promise<T>): Promise<T | "it waits"> {
  return await Promise.race([call, Bun.sleep(0).then(() => "it waits" as const)]);
}

export function up(store: SessionStore): Promise<unknown> {
  return waitUntil("the store is up by itself", () => store.health().state === "up");
}
