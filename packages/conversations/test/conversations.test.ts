import { beforeEach, describe, expect, test } from "bun:test";
import { failed, type Outcome, success } from "@flotilla/common/failure";
import { startRedis } from "@flotilla/testkit/start-redis";
import { waitUntil } from "@flotilla/testkit/wait-until";
import fc from "fast-check";
import { createConversations } from "../src/conversations.ts";
import { openMemoryStore } from "../src/memory-store.ts";
import type { SessionStore } from "../src/session-store.ts";
import type { Turn, TurnModel } from "../src/turn.ts";
import { openRedis, whyNoServer } from "./test-store.ts";

const whyNotRedis = await whyNoServer("redis");

/** State and answer are the sum of what was said: a turn that is lost, doubled or out of order shows. */
const bytesOf = (value: number) => new Uint8Array(new Float64Array([value]).buffer);
const numberOf = (bytes: Uint8Array) => new Float64Array(bytes.slice().buffer)[0];
const number = { encode: bytesOf, decode: numberOf };

function adder(
  options: { readonly stateBytes?: number; readonly onRun?: () => Promise<void> } = {},
) {
  const model: TurnModel<number, number, number> = {
    async run({ input, state = 0 }) {
      await options.onRun?.();
      if (input < 0) return failed("inference-failed", "negative");
      return success({ answer: state + input, state: state + input });
    },
    input: number,
    answer: number,
    state: { ...number, bytes: () => options.stateBytes ?? 8 },
  };
  return model;
}

const STORE_LIMITS = { conversationsLimit: 1_000, bytesLimit: 1e9 };
const LIMITS = { conversationsLimit: 100, bytesLimit: 1e6, idleMs: 60_000, waitingTurnsLimit: 16 };

let seen: string[];
let clock: number;
beforeEach(() => {
  seen = [];
  clock = Date.now();
});

function replica(
  store: SessionStore,
  options: {
    readonly serverId?: string;
    readonly model?: TurnModel<number, number, number>;
    readonly limits?: Partial<typeof LIMITS>;
  } = {},
) {
  return createConversations({
    store,
    model: options.model ?? adder(),
    serverId: options.serverId ?? "server-1",
    limits: { ...LIMITS, ...options.limits },
    now: () => clock,
    observer: {
      hit: () => seen.push("hit"),
      restored: (reason) => seen.push(reason),
      conflict: () => seen.push("conflict"),
      repeated: () => seen.push("repeated"),
    },
  });
}

let keys = 0;
function turn(input: number, more: Partial<Turn<number>> & { readonly session?: string } = {}) {
  const { session = "a", ...rest } = more;
  return {
    id: { model: "sum", session },
    key: `key-${keys++}`,
    bodyHash: String(input),
    input,
    deadlineMs: clock + 10_000,
    ...rest,
  };
}

function unwrap<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(`${outcome.failure.kind}: ${outcome.failure.detail}`);
  return outcome.value;
}

const kindOf = (outcome: Outcome<unknown>) => (outcome.ok ? "ok" : outcome.failure.kind);

describe("a conversation", () => {
  test("remembers, turn by turn, and finds its memory in its replica", async () => {
    const one = replica(openMemoryStore(STORE_LIMITS));

    const turns = [];
    for (const input of [1, 2, 3]) turns.push(unwrap(await one.takeTurn(turn(input))));

    expect(turns.map((it) => [it.turn, it.answer])).toEqual([
      [1, 1],
      [2, 3],
      [3, 6],
    ]);
    expect(seen).toEqual(["hit", "hit"]);
    expect(one.inMemory).toEqual({ conversations: 1, bytes: 8 });
  });

  test("goes on at another replica from the last turn, however large its state", async () => {
    for (const stateBytes of [8, 1_000_000]) {
      const store = openMemoryStore(STORE_LIMITS);
      const model = adder({ stateBytes });
      const one = replica(store, { model });
      for (let n = 0; n < 20; n++) unwrap(await one.takeTurn(turn(1)));

      const two = replica(store, { model, serverId: "server-2" });
      const next = unwrap(await two.takeTurn(turn(1)));

      expect([next.turn, next.answer, seen.at(-1)]).toEqual([21, 21, "moved"]);
    }
  });

  test("is never forked by a replica with an old memory", async () => {
    const store = openMemoryStore(STORE_LIMITS);
    const one = replica(store);
    const two = replica(store, { serverId: "server-2" });
    unwrap(await one.takeTurn(turn(1)));
    unwrap(await two.takeTurn(turn(10)));

    const third = unwrap(await one.takeTurn(turn(100)));

    expect([third.turn, third.answer]).toEqual([3, 111]);
    expect(seen).toEqual(["moved", "conflict", "outdated"]);
  });

  test("takes the turns that come at once in the order of their arrival", async () => {
    const one = replica(openMemoryStore(STORE_LIMITS));

    const taken = await Promise.all([1, 2, 3, 4].map((input) => one.takeTurn(turn(input))));

    expect(taken.map((it) => unwrap(it).answer)).toEqual([1, 3, 6, 10]);
  });

  test("keeps no trace of a turn that failed", async () => {
    const one = replica(openMemoryStore(STORE_LIMITS));
    unwrap(await one.takeTurn(turn(1)));

    expect(kindOf(await one.takeTurn(turn(-1)))).toBe("inference-failed");
    expect(unwrap(await one.takeTurn(turn(2)))).toMatchObject({ turn: 2, answer: 3 });
  });

  test("that is ended begins anew, also where another replica remembers it", async () => {
    const store = openMemoryStore(STORE_LIMITS);
    const one = replica(store);
    const two = replica(store, { serverId: "server-2" });
    unwrap(await one.takeTurn(turn(5)));

    expect(kindOf(await two.end({ model: "sum", session: "a" }))).toBe("ok");
    expect(kindOf(await two.describe({ model: "sum", session: "a" }))).toBe("session-not-found");
    expect(kindOf(await two.end({ model: "sum", session: "a" }))).toBe("session-not-found");
    expect(unwrap(await one.takeTurn(turn(7)))).toMatchObject({ turn: 1, answer: 7 });
  });

  test("says so when the store has forgotten turns that this replica saw written", async () => {
    const [lost, old] = [openMemoryStore(STORE_LIMITS), openMemoryStore(STORE_LIMITS)];
    let store = lost;
    const failingOver = new Proxy({} as SessionStore, {
      get: (_, name: keyof SessionStore) => store[name].bind(store),
    });
    unwrap(await replica(old).takeTurn(turn(1)));
    const one = replica(failingOver);
    for (const input of [1, 2, 3]) unwrap(await one.takeTurn(turn(input)));

    store = old;
    const next = unwrap(await one.takeTurn(turn(10)));

    expect(next).toMatchObject({ turn: 2, answer: 11, restoredFromTurn: 1 });
  });

  test.skipIf(whyNotRedis !== "")(
    `says so after a failover that lost turns${whyNotRedis}`,
    async () => {
      const primary = await startRedis({ settings: ["--repl-diskless-sync-delay", "0"] });
      await using copy = await startRedis();
      const operator = new Bun.RedisClient(copy.url);
      await operator.send("REPLICAOF", ["127.0.0.1", String(primary.port)]);
      const store = openRedis(primary.url);
      const one = replica(store);
      for (const input of [1, 2]) unwrap(await one.takeTurn(turn(input)));
      await waitUntil("the copy has both turns", async () => {
        const turns = await operator.send("HGET", ["{flotilla}:c:sum\0a", "turns"]);
        return turns === "2";
      });
      await operator.send("REPLICAOF", ["NO", "ONE"]);
      unwrap(await one.takeTurn(turn(4)));

      await primary.kill();
      await operator.send("CONFIG", ["SET", "port", String(primary.port)]);
      const next = await waitUntil("the copy has taken over", async () => {
        const taken = await one.takeTurn(turn(8));
        return taken.ok && taken.value;
      });

      expect(next).toMatchObject({ turn: 3, answer: 11, restoredFromTurn: 2 });
      operator.close();
      await store.close();
    },
  );
});

describe("a turn's identity", () => {
  test("makes a repeated turn answer again, at this replica and at another", async () => {
    const store = openMemoryStore(STORE_LIMITS);
    const one = replica(store);
    const first = turn(1);
    unwrap(await one.takeTurn(first));
    unwrap(await one.takeTurn(turn(2)));

    for (const place of [one, replica(store, { serverId: "server-2" })]) {
      expect(unwrap(await place.takeTurn(first))).toMatchObject({
        turn: 1,
        answer: 1,
        repeated: true,
      });
    }
    expect(unwrap(await one.takeTurn(turn(3)))).toMatchObject({ turn: 3, answer: 6 });
  });

  test("is found by the write itself where neither memory nor a restore looked for it", async () => {
    const store = openMemoryStore(STORE_LIMITS);
    const one = replica(store);
    const two = replica(store, { serverId: "server-2" });
    unwrap(await two.takeTurn(turn(1)));
    const second = turn(2);
    unwrap(await one.takeTurn(second));

    // The second replica remembers turn 1 and knows nothing of the second.
    expect(unwrap(await two.takeTurn(second))).toMatchObject({
      turn: 2,
      answer: 3,
      repeated: true,
    });
  });

  test("with another message is refused", async () => {
    const one = replica(openMemoryStore(STORE_LIMITS));
    const first = turn(1);
    unwrap(await one.takeTurn(first));

    expect(kindOf(await one.takeTurn({ ...first, bodyHash: "other", input: 2 }))).toBe(
      "key-reused",
    );
  });

  test("may be accompanied by the turn's number, which must be the next", async () => {
    const store = openMemoryStore(STORE_LIMITS);
    const one = replica(store);
    const two = replica(store, { serverId: "server-2" });
    unwrap(await one.takeTurn(turn(1, { expectedTurn: 1 })));
    unwrap(await two.takeTurn(turn(2, { expectedTurn: 2 })));

    // The first replica's memory is a turn behind: the store decides.
    expect(kindOf(await one.takeTurn(turn(3, { expectedTurn: 2 })))).toBe("turn-conflict");
    expect(unwrap(await one.takeTurn(turn(3, { expectedTurn: 3 })))).toMatchObject({ answer: 6 });
    expect(kindOf(await one.takeTurn(turn(3, { expectedTurn: 9 })))).toBe("turn-conflict");
  });
});

describe("a conversation that waits", () => {
  test("is refused past the limit, and others do not notice", async () => {
    const gate = Promise.withResolvers<void>();
    const one = replica(openMemoryStore(STORE_LIMITS), {
      limits: { waitingTurnsLimit: 2 },
      model: adder({ onRun: () => (blocked ? gate.promise : Promise.resolve()) }),
    });
    let blocked = true;
    const waiting = [1, 2, 3].map((input) => one.takeTurn(turn(input)));
    const refused = await one.takeTurn(turn(4));
    blocked = false;
    const other = await one.takeTurn(turn(1, { session: "b" }));
    gate.resolve();

    expect([kindOf(refused), kindOf(other)]).toEqual(["queue-full", "ok"]);
    expect((await Promise.all(waiting)).map(kindOf)).toEqual(["ok", "ok", "ok"]);
  });

  test("gives up at its deadline or when its client leaves, and the next goes on", async () => {
    const gate = Promise.withResolvers<void>();
    let blocked = true;
    const one = replica(openMemoryStore(STORE_LIMITS), {
      model: adder({ onRun: () => (blocked ? gate.promise : Promise.resolve()) }),
    });
    const first = one.takeTurn(turn(1));
    const client = new AbortController();
    const left = one.takeTurn(turn(2, { signal: client.signal }));
    const late = one.takeTurn(turn(4, { deadlineMs: clock }));
    const last = one.takeTurn(turn(8));
    client.abort();

    expect([kindOf(await left), kindOf(await late)]).toEqual(["cancelled", "deadline-exceeded"]);
    blocked = false;
    gate.resolve();
    expect([unwrap(await first).answer, unwrap(await last).answer]).toEqual([1, 9]);
  });
});

describe("a replica's memory", () => {
  test("is bounded by number, bytes and idleness; the store has the rest", async () => {
    const store = openMemoryStore(STORE_LIMITS);
    const one = replica(store, { limits: { conversationsLimit: 2, idleMs: 1_000 } });
    for (const session of ["a", "b", "c"]) unwrap(await one.takeTurn(turn(1, { session })));

    expect(one.inMemory.conversations).toBe(2);
    expect(unwrap(await one.takeTurn(turn(1, { session: "a" })))).toMatchObject({ answer: 2 });
    clock += 2_000;
    expect(unwrap(await one.takeTurn(turn(1, { session: "c" })))).toMatchObject({ answer: 2 });
    expect(seen).toEqual(["evicted", "idle"]);
  });
});

test("any interleaving over two replicas and any retries give each conversation its own sum", async () => {
  const step = fc.record({
    session: fc.constantFrom("a", "b", "c"),
    place: fc.integer({ min: 0, max: 1 }),
    input: fc.integer({ min: 1, max: 1_000 }),
    asked: fc.integer({ min: 1, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const store = openMemoryStore(STORE_LIMITS);
      const places = ["server-1", "server-2"].map((serverId) =>
        replica(store, { serverId, limits: { conversationsLimit: 2 } }),
      );
      const sums = new Map<string, number>();
      for (const { session, place, input, asked } of steps) {
        const said = turn(input, { session });
        const sum = (sums.get(session) ?? 0) + input;
        sums.set(session, sum);
        // Asked again wherever: the answer is the same, and it counts once.
        for (let n = 0; n < asked; n++) {
          const taken = await places[(place + n) % 2]?.takeTurn(said);
          expect(taken && unwrap(taken).answer).toBe(sum);
        }
      }
    }),
    { numRuns: 200 },
  );
});
