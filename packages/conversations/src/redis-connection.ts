import { isIP } from "node:net";
import type { Redis } from "ioredis";
import type { RedisAddress } from "./redis-address.ts";
import { redisFailure } from "./redis-failure.ts";
import { REDIS_SCRIPTS, type RedisScript } from "./redis-scripts.ts";
import type { StoreFailure } from "./session-store.ts";

/** One connection to a server, for its life: lost, it is not made again, and nothing is sent a second time. */
export interface RedisConnection {
  /** Texts come back as buffers. Rejects with what the server said, or with what became of the connection. */
  run(script: RedisScript, args: readonly RedisArgument[]): Promise<unknown>;
  /** At once; what waits for an answer is rejected. */
  end(): void;
}

export type RedisArgument = string | number | Buffer;

type Opened =
  /** One that is full can be read, and can end conversations. */
  | { readonly ok: true; readonly value: RedisConnection; readonly full?: StoreFailure }
  | { readonly ok: false; readonly failure: StoreFailure };

const FORMAT = "1";

/** A connection over which turns can be written when there is room, or why there is none within this time. */
export async function openRedisConnection(options: {
  readonly address: RedisAddress;
  readonly timeoutMs: number;
  /** Not called for a connection that was ended here. */
  readonly onLost: (failure: StoreFailure) => void;
}): Promise<Opened> {
  const { address, timeoutMs, onLost } = options;
  const redis = await createClient(address);
  let reason = new Error("it closed the connection");
  redis.on("error", (error) => {
    reason = error;
  });
  const late = setTimeout(() => {
    reason = new Error(`no connection within ${timeoutMs} ms`);
    redis.disconnect();
  }, timeoutMs);
  try {
    await redis.connect().catch(() => {
      throw reason;
    });
    const connection = {
      run: runnerOf(redis),
      end() {
        redis.removeAllListeners("end");
        redis.disconnect();
      },
    };
    const failure = await whyUnfit(redis, connection);
    if (failure !== undefined && failure.reason !== "full") {
      connection.end();
      return { ok: false, failure };
    }
    redis.once("end", () => onLost(redisFailure(reason)));
    return { ok: true, value: connection, ...(failure && { full: failure }) };
  } catch (error) {
    redis.disconnect();
    return { ok: false, failure: redisFailure(error) };
  } finally {
    clearTimeout(late);
  }
}

/** Nobody else needs ioredis, and it would be a tenth of what every replica reads at its start. */
async function createClient(address: RedisAddress): Promise<Redis> {
  const { Redis } = await import("ioredis");
  const { host, port, username, password, database, tls } = address;
  return new Redis({
    host,
    port,
    username,
    password,
    db: database,
    ...(tls && { tls: isIP(host) === 0 ? { servername: host } : {} }),
    connectionName: "flotilla",
    scripts: Object.fromEntries(
      Object.entries(REDIS_SCRIPTS).map(([name, lua]) => [name, { lua, numberOfKeys: 0 }]),
    ),
    lazyConnect: true,
    // What was sent and not answered is looked up by whoever sent it, not sent again on another connection.
    retryStrategy: () => null,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    disconnectTimeout: 0,
  });
}

/** What `scripts` defines at run time: EVALSHA, and EVAL where the server has not seen it. */
function runnerOf(redis: Redis): RedisConnection["run"] {
  const scripts = redis as unknown as Record<
    `${RedisScript}Buffer`,
    (...args: readonly RedisArgument[]) => Promise<unknown>
  >;
  return (script, args) => scripts[`${script}Buffer`](...args);
}

async function whyUnfit(
  redis: Redis,
  connection: RedisConnection,
): Promise<StoreFailure | undefined> {
  const format = await connection.run("check", [FORMAT]).then(String, redisFailure);
  if (typeof format !== "string") return format;
  if (format !== FORMAT) {
    const detail = `it has format ${format}, and this Flotilla reads ${FORMAT}; mend: name another database`;
    return { reason: "corrupt", detail, mayBeApplied: false };
  }
  // Not every user may ask.
  const memory = await redis.info("memory").catch(() => "");
  const policy = /^maxmemory_policy:(allkeys-\S+)/m.exec(memory)?.[1];
  if (policy === undefined || /^maxmemory:0\s/m.test(memory)) return undefined;
  const detail = `it removes conversations when its memory is used up (maxmemory-policy ${policy}); mend: set \`noeviction\``;
  return { reason: "unavailable", detail, mayBeApplied: false };
}
