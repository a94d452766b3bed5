import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { freePorts } from "@flotilla/testkit/free-ports";
import { type RunningRedis, startRedis } from "@flotilla/testkit/start-redis";
import { waitUntil } from "@flotilla/testkit/wait-until";
import type { SessionStore } from "../src/session-store.ts";
import { atOnce, failure, up } from "./store-states.ts";
import { answered, openRedis, whyNoServer } from "./test-store.ts";
import { conversation, FIRST, SECOND, turnWrites } from "./turn-write.ts";

setDefaultTimeout(120_000);

const ANNA = conversation("anna");
/** Long enough for a busy machine. */
const TIMEOUT_MS = 1_000;
const WRITTEN = { status: "written" } as const;

/** Says a command to the server as an operator would. */
async function operate(server: RunningRedis, ...words: readonly [string, ...string[]]) {
  const client = new Bun.RedisClient(server.url);
  try {
    const [command, ...args] = words;
    return await client.send(command, args);
  } finally {
    client.close();
  }
}

const why = await whyNoServer("redis");

describe.skipIf(why !== "")(`a server${why}`, () => {
  test("that is killed is said to be unavailable, and used again when it is back", async () => {
    const server = await startRedis();
    const store = openRedis(server.url);
    await answered(store.commit([FIRST]));
    await server.kill();
    const down = failure("unavailable", `redis://127.0.0.1:${server.port}: `);
    await waitUntil("it is down", () => store.health().state === "down");

    expect(await atOnce(store.commit([SECOND]))).toEqual(down);
    expect(store.health()).toEqual({ state: "down", failure: down.failure });
    await using again = await startRedis({ port: server.port });
    await up(store);
    // It kept nothing.
    expect(await answered(store.commit([SECOND]))).toEqual([{ status: "conflict" }]);
    expect(await answered(store.commit([FIRST]))).toEqual([WRITTEN]);
    expect(again.port).toBe(server.port);
    await store.close();
  });

  test("that is not there at the start is waited for", async () => {
    const [port = 0] = freePorts(1);
    const store = openRedis(`redis://127.0.0.1:${port}`);

    expect(await store.load(ANNA)).toEqual(failure("unavailable", "mend: see that it runs"));
    await using _ = await startRedis({ port });
    await up(store);
    expect(await answered(store.commit([FIRST]))).toEqual([WRITTEN]);
    await store.close();
  });

  test("that hangs is late for what was sent, refuses further calls at once, and is used again", async () => {
    await using server = await startRedis();
    const store = openRedis(server.url, { timeoutMs: TIMEOUT_MS });
    await answered(store.commit([FIRST]));
    process.kill(server.pid, "SIGSTOP");
    const sent = await Promise.all([store.commit([SECOND]), store.load(ANNA)]);

    const late = failure("timeout", "no answer within 1000 ms; mend: ", true);
    expect(sent).toEqual([late, late]);
    expect(await atOnce(store.load(ANNA))).toEqual(failure("timeout", ""));
    process.kill(server.pid, "SIGCONT");
    await up(store);
    // It had come so far.
    expect(await answered(store.findTurn({ id: ANNA, key: "key 2" }))).toMatchObject({ n: 2 });
    await store.close();
  });

  test("that hangs at the start is late, too", async () => {
    await using server = await startRedis();
    process.kill(server.pid, "SIGSTOP");
    const store = openRedis(server.url, { timeoutMs: TIMEOUT_MS });

    expect(await store.load(ANNA)).toEqual(failure("timeout", "no answer within 1000 ms"));
    process.kill(server.pid, "SIGCONT");
    await up(store);
    await store.close();
  });

  test("lets no more calls wait than its limit", async () => {
    await using server = await startRedis();
    const store = openRedis(server.url, { callsLimit: 2 });
    const waiting = [1, 2].map(() => store.load(ANNA));

    expect(await atOnce(store.load(ANNA))).toEqual(failure("busy", "2 calls wait for it"));
    expect((await Promise.all(waiting)).every(({ ok }) => ok)).toBeTrue();
    await store.close();
  });

  test("whose memory is used up refuses turns, gives what it has, and goes on when there is room", async () => {
    await using server = await startRedis();
    const store = openRedis(server.url);
    await answered(store.commit([FIRST]));
    await operate(server, "CONFIG", "SET", "maxmemory", "1");

    expect(await store.commit([SECOND])).toEqual(failure("full", "its memory is used up; mend: "));
    expect(await atOnce(store.commit([SECOND]))).toEqual(failure("full", ""));
    expect(await answered(store.load(ANNA))).toMatchObject({ turns: 1 });
    expect(await answered(store.end(ANNA))).toBe(true);
    await operate(server, "CONFIG", "SET", "maxmemory", "0");
    await up(store);
    expect(await answered(store.commit([FIRST]))).toEqual([WRITTEN]);
    await store.close();
  });

  test("whose memory is used up at the start can be read, and is written to when there is room", async () => {
    await using server = await startRedis();
    const before = openRedis(server.url);
    await answered(before.commit([FIRST]));
    await before.close();
    await operate(server, "CONFIG", "SET", "maxmemory", "1");
    const store = openRedis(server.url);

    expect(await store.commit([SECOND])).toEqual(failure("full", "its memory is used up; mend: "));
    expect(await answered(store.load(ANNA))).toMatchObject({ turns: 1 });
    await operate(server, "CONFIG", "SET", "maxmemory", "0");
    await up(store);
    expect(await answered(store.commit([SECOND]))).toEqual([WRITTEN]);
    await store.close();
  });

  test("that becomes a copy is down, until it is the primary again", async () => {
    await using primary = await startRedis();
    await using server = await startRedis();
    const store = openRedis(server.url);
    await answered(store.commit([FIRST]));
    await operate(server, "REPLICAOF", "127.0.0.1", String(primary.port));
    await waitUntil("it is down", async () => !(await store.commit([SECOND])).ok);

    await waitUntil("it says why", () => detailOf(store).includes("a copy that cannot be written"));
    await operate(server, "REPLICAOF", "NO", "ONE");
    await up(store);
    await store.close();
  });

  test.each([
    ["removes what it should keep", "--maxmemory-policy allkeys-lru", "removes conversations"],
    ["wants a password", "--requirepass s3cret/pass", "refuses this user"],
  ])("that %s is refused, with the mend", async (_, setting, detail) => {
    await using server = await startRedis({
      settings: ["--maxmemory", "100mb", ...setting.split(" ")],
    });
    const store = openRedis(server.url.replace("//", "//default:wrong-s3cret@"));

    expect(await store.load(ANNA)).toEqual(failure("unavailable", detail));
    expect(detailOf(store)).toContain("mend: ");
    expect(detailOf(store)).not.toContain("s3cret");
    await store.close();
  });

  test("takes a percent-encoded password, and a database", async () => {
    await using server = await startRedis({ settings: ["--requirepass", "s3cret/pass"] });
    const url = `${server.url.replace("//", "//:s3cret%2Fpass@")}/3`;
    const store = openRedis(url);
    await answered(store.commit([FIRST]));
    const other = openRedis(url.replace(/3$/, "4"));

    expect(await answered(other.load(ANNA))).toBeUndefined();
    expect(await answered(store.load(ANNA))).toMatchObject({ turns: 1 });
    for (const one of [store, other]) await one.close();
  });

  test("that a later Flotilla wrote to is left alone", async () => {
    await using server = await startRedis();
    await operate(server, "SET", "{flotilla}:format", "2");
    const store = openRedis(server.url);

    expect(await store.load(ANNA)).toEqual(failure("corrupt", "it has format 2"));
    await store.close();
  });

  test("keeps nothing of conversations that have ended, nor counts it", async () => {
    await using server = await startRedis();
    const store = openRedis(server.url);
    const sessions = ["a", "b", "c"];
    for (const [index, session] of sessions.entries()) {
      const writes = turnWrites(200, (n) => ({
        id: conversation(session),
        answer: "x".repeat(n),
        // Every turn, every seventh, and as seldom as may be.
        ...(n % ([1, 7, 65][index] ?? 1) === 0 ? { snapshot: "y".repeat(n) } : {}),
      }));
      await answered(store.commit(writes));
    }
    const counted = Number(await operate(server, "GET", "{flotilla}:bytes"));
    for (const session of sessions.slice(1)) await answered(store.end(conversation(session)));
    await answered(store.expire({ usedBefore: 1_000, limit: 10 }));

    expect(counted).toBeGreaterThan(3 * 64 * 100);
    expect(await operate(server, "GET", "{flotilla}:bytes")).toBe("0");
    const keys = (await operate(server, "KEYS", "*")) as string[];
    expect(keys.toSorted()).toEqual(["{flotilla}:bytes", "{flotilla}:format"]);
    await store.close();
  });
});

function detailOf(store: SessionStore): string {
  const health = store.health();
  return health.state === "up" ? "" : health.failure.detail;
}
