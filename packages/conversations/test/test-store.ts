import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findRedis, type RedisProduct, startRedis } from "@flotilla/testkit/start-redis";
import { openMemoryStore } from "../src/memory-store.ts";
import { parseRedisAddress } from "../src/redis-address.ts";
import { openRedisStore, type RedisStoreOptions } from "../src/redis-store.ts";
import type { SessionStore, StoreLimits, StoreOutcome } from "../src/session-store.ts";
import { openSqliteStore, type SqliteStoreOptions } from "../src/sqlite-store.ts";

/** Patient, for a busy machine; tests of the waiting itself say how long. */
const TIMEOUT_MS = 20_000;

export const NO_LIMITS: StoreLimits = { conversationsLimit: 1_000_000, bytesLimit: 2 ** 32 };

export interface TestFile extends AsyncDisposable {
  readonly folder: string;
  readonly path: string;
  open(options?: Partial<SqliteStoreOptions>): SessionStore;
}

/** A temporary folder for an SQLite store; those opened in it are closed with it. */
export async function testFile(): Promise<TestFile> {
  const folder = await mkdtemp(join(tmpdir(), "flotilla-store-"));
  const path = join(folder, "sessions.db");
  const stores: SessionStore[] = [];
  return {
    folder,
    path,
    open(options = {}) {
      const store = openSqliteStore({ path, limits: NO_LIMITS, timeoutMs: TIMEOUT_MS, ...options });
      stores.push(store);
      return store;
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface TestStore extends AsyncDisposable {
  readonly store: SessionStore;
}

export type OpenStore = (limits?: StoreLimits) => Promise<TestStore>;

/** The stores that have to be alike, besides those of servers. */
export const STORES: Readonly<Record<string, OpenStore>> = {
  async memory(limits = NO_LIMITS) {
    const store = openMemoryStore(limits);
    return { store, [Symbol.asyncDispose]: () => store.close() };
  },
  async sqlite(limits = NO_LIMITS) {
    const file = await testFile();
    return {
      store: file.open({ limits }),
      [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
    };
  },
};

/** As `STORES`: a store of an empty server's. */
export async function serverStore(
  product: RedisProduct,
  limits: StoreLimits = NO_LIMITS,
): Promise<TestStore> {
  const server = await startRedis({ product });
  const store = openRedis(server.url, { limits });
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close();
      await server.kill();
    },
  };
}

export function openRedis(url: string, options: Partial<RedisStoreOptions> = {}): SessionStore {
  const address = parseRedisAddress(url);
  if (!address.ok) throw new Error(address.problems.join());
  return openRedisStore({
    address: address.value,
    limits: NO_LIMITS,
    timeoutMs: TIMEOUT_MS,
    ...options,
  });
}

/** "" where the tests can have such a server, else why they are skipped. */
export async function whyNoServer(product: RedisProduct): Promise<string> {
  const found = await findRedis(product);
  return found.ok ? "" : ` (skipped: ${found.problems.join("; ").replaceAll(/\s+/g, " ")})`;
}

/** The value, where a failure would be a failure of the test. */
export async function answered<T>(outcome: Promise<StoreOutcome<T>>): Promise<T> {
  const settled = await outcome;
  if (!settled.ok) throw new Error(settled.failure.detail);
  return settled.value;
}
