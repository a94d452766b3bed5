import { failed } from "@flotilla/common/failure";
import type { StoreFailure } from "./session-store.ts";

const RETRY_AFTER_S = 1;

/** What a client is told of a store that did not do its work; what happened and where is the operator's. */
export function storeFailed({ reason }: Pick<StoreFailure, "reason">) {
  const detail = `the session store is not available (${reason}); the log says more`;
  return failed("store-unavailable", detail, { retryAfterS: RETRY_AFTER_S });
}

/** A limit of the store, which is no secret. */
export function storeRefused(detail: string) {
  return failed("store-unavailable", detail, { retryAfterS: RETRY_AFTER_S });
}
