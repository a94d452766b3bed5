import { failed } from "@flotilla/common/failure";

const RETRY_AFTER_S = 1;

/** What a client is told of a store that did not do its work. */
export function storeFailed({ detail }: { readonly detail: string }) {
  return failed("store-unavailable", `the session store: ${detail}`, {
    retryAfterS: RETRY_AFTER_S,
  });
}
