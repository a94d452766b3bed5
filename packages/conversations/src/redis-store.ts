import type { RedisAddress } from "./redis-address.ts";
import { RedisQueue } from "./redis-queue.ts";
import type { SessionStore, StoreLimits } from "./session-store.ts";
import { storeFrom } from "./store-from.ts";

export interface RedisStoreOptions {
  readonly address: RedisAddress;
  readonly limits: StoreLimits;
  /** How long the server may take for an answer. A replica has 500 ms to say that the store is down. */
  readonly timeoutMs?: number;
  /** Calls that may wait for their answers. */
  readonly callsLimit?: number;
}

/**
 * The store of replicas on several hosts: a Redis or Valkey server. Opening never fails: a store that is down says so
 * in `health`, and comes up by itself.
 */
export function openRedisStore(options: RedisStoreOptions): SessionStore {
  const queue = new RedisQueue({ timeoutMs: 400, callsLimit: 1_024, ...options });
  return storeFrom({
    ask: (request) => queue.ask(request),
    health: () => queue.health(),
    close: async () => queue.close(),
  });
}
