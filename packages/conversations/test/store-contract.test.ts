import { describe, expect, test } from "bun:test";
import { KEPT_TURNS, type StoreFailure } from "../src/session-store.ts";
import {
  answered,
  NO_LIMITS,
  type OpenStore,
  STORES,
  serverStore,
  whyNoServer,
} from "./test-store.ts";
import { bytes, conversation, turnWrite, turnWrites } from "./turn-write.ts";

const ANNA = conversation("anna");
const WRITTEN = { status: "written" } as const;
const CONFLICT = { status: "conflict" } as const;

describe.each(Object.entries(STORES))("a %s store", (_, open) => keepsTheContract(open));

for (const product of ["redis", "valkey"] as const) {
  const why = await whyNoServer(product);
  describe.skipIf(why !== "")(`a ${product} store${why}`, () =>
    keepsTheContract((limits) => serverStore(product, limits)),
  );
}

function keepsTheContract(open: OpenStore) {
  test("has nothing of a conversation that was never begun", async () => {
    await using opened = await open();
    const { store } = opened;

    expect(await answered(store.load(ANNA))).toBeUndefined();
    expect(await answered(store.describe(ANNA))).toBeUndefined();
    expect(await answered(store.findTurn({ id: ANNA, key: "key 1" }))).toBeUndefined();
    expect(await answered(store.end(ANNA))).toBe(false);
    expect(store.health()).toEqual({ state: "up" });
  });

  test("gives a conversation back as its snapshot and the turns after it", async () => {
    await using opened = await open();
    const { store } = opened;
    await answered(store.commit(turnWrites(4, (n) => (n === 2 ? { snapshot: "state 2" } : {}))));

    expect(await answered(store.load(ANNA))).toEqual({
      id: ANNA,
      turns: 4,
      createdAt: 1,
      lastUsedAt: 4,
      stateBytes: 7,
      serverId: "server-1",
      version: "v4",
      snapshot: { turn: 2, state: bytes("state 2") },
      replay: [
        { n: 3, input: bytes("input 3"), answer: bytes("answer 3") },
        { n: 4, input: bytes("input 4"), answer: bytes("answer 4") },
      ],
    });
  });

  test("gives all turns to replay while there is no snapshot, and none after the newest", async () => {
    await using opened = await open();
    const { store } = opened;
    await answered(store.commit(turnWrites(2)));
    const bare = await answered(store.load(ANNA));
    await answered(store.commit([turnWrite({ n: 3, expectedVersion: "v2", snapshot: "" })]));
    const fresh = await answered(store.load(ANNA));

    expect(bare?.snapshot).toBeUndefined();
    expect(bare?.replay.map(({ n }) => n)).toEqual([1, 2]);
    expect(fresh).toMatchObject({ snapshot: { turn: 3, state: bytes("") }, replay: [] });
  });

  test("writes only on the version and the turn that it has", async () => {
    await using opened = await open();
    const { store } = opened;
    await answered(store.commit(turnWrites(2)));

    const refused = [
      turnWrite({ n: 3, expectedVersion: "v1", key: "old memory" }),
      turnWrite({ n: 1, expectedVersion: null, key: "begun again" }),
      turnWrite({ n: 2, expectedVersion: "v2", key: "a turn behind" }),
      turnWrite({ n: 4, expectedVersion: "v2", key: "a turn ahead" }),
      turnWrite({ n: 1, expectedVersion: "v1", id: conversation("bert"), key: "ended" }),
    ];
    expect(await answered(store.commit(refused))).toEqual(refused.map(() => CONFLICT));
    expect(await answered(store.load(ANNA))).toMatchObject({ turns: 2, version: "v2" });
    expect(await answered(store.load(conversation("bert")))).toBeUndefined();
  });

  test("writes the others of a batch in which one conflicts", async () => {
    await using opened = await open();
    const { store } = opened;
    const ids = ["anna", "bert", "carl"].map((session) => conversation(session));
    const batch = ids.map((id) =>
      turnWrite({ n: 1, expectedVersion: id.session === "bert" ? "v0" : null, id }),
    );

    expect(await answered(store.commit(batch))).toEqual([WRITTEN, CONFLICT, WRITTEN]);
    expect((await answered(store.list({ limit: 9 }))).map(({ id }) => id)).toEqual([
      conversation("anna"),
      conversation("carl"),
    ]);
  });

  test("takes a key once, and answers it from its turn whatever is sent with it", async () => {
    await using opened = await open();
    const { store } = opened;
    await answered(store.commit(turnWrites(2)));
    const turn = { n: 1, bodyHash: "hash 1", answer: bytes("answer 1") };

    const again = [
      turnWrite({ n: 3, expectedVersion: "v2", key: "key 1", input: "other" }),
      turnWrite({ n: 1, expectedVersion: null, key: "key 1" }),
    ];
    expect(await answered(store.commit(again))).toEqual(
      again.map(() => ({ status: "applied", turn })),
    );
    expect(await answered(store.findTurn({ id: ANNA, key: "key 1" }))).toEqual(turn);
    expect(
      await answered(
        store.commit([
          turnWrite({ n: 1, expectedVersion: null, id: conversation("bert"), key: "key 1" }),
        ]),
      ),
    ).toEqual([WRITTEN]);
  });

  test(`knows the keys of the last ${KEPT_TURNS} turns, and no older one`, async () => {
    await using opened = await open();
    const { store } = opened;
    const writes = turnWrites(KEPT_TURNS + 1, () => ({ snapshot: "state" }));
    await answered(store.commit(writes));

    const found = writes.map(({ turn: { key } }) => answered(store.findTurn({ id: ANNA, key })));
    expect((await Promise.all(found)).map((turn) => turn?.n)).toEqual([
      undefined,
      ...Array.from({ length: KEPT_TURNS }, (_, index) => index + 2),
    ]);
  });

  test("refuses a turn that could not be replayed, until it has a snapshot", async () => {
    await using opened = await open();
    const { store } = opened;
    const writes = turnWrites(KEPT_TURNS + 3, (n) => (n === 2 ? { snapshot: "state 2" } : {}));
    const last = { n: KEPT_TURNS + 3, expectedVersion: `v${KEPT_TURNS + 2}` };

    expect((await answered(store.commit(writes))).at(-1)).toEqual({
      status: "refused",
      detail: "turn 67 has no snapshot, nor had the 64 before it",
    });
    expect((await answered(store.load(ANNA)))?.replay).toHaveLength(KEPT_TURNS);
    expect(await answered(store.commit([turnWrite({ ...last, snapshot: "state" })]))).toEqual([
      WRITTEN,
    ]);
    expect((await answered(store.load(ANNA)))?.replay).toEqual([]);
  });

  test("ends a conversation so that no old writer reaches the one that takes its id", async () => {
    await using opened = await open();
    const { store } = opened;
    await answered(store.commit(turnWrites(2, () => ({ snapshot: "state" }))));

    expect(await answered(store.end(ANNA))).toBe(true);
    expect(await answered(store.load(ANNA))).toBeUndefined();
    expect(await answered(store.findTurn({ id: ANNA, key: "key 2" }))).toBeUndefined();
    const begun = turnWrites(2, (n) => ({
      newVersion: `new ${n}`,
      ...(n === 2 ? { expectedVersion: "new 1" } : {}),
    }));
    expect(await answered(store.commit(begun))).toEqual([WRITTEN, WRITTEN]);
    const late = turnWrite({ n: 3, expectedVersion: "v2" });
    expect(await answered(store.commit([late]))).toEqual([CONFLICT]);
    expect(await answered(store.load(ANNA))).toMatchObject({ turns: 2, snapshot: undefined });
  });

  test("lists page by page, of one model or of all", async () => {
    await using opened = await open();
    const { store } = opened;
    const ids = ["a", "b", "c"].flatMap((session) =>
      ["chat", "count"].map((model) => conversation(session, model)),
    );
    await answered(store.commit(ids.map((id) => turnWrite({ n: 1, expectedVersion: null, id }))));
    const named = async (page: Parameters<typeof store.list>[0]) =>
      (await answered(store.list(page))).map(({ id }) => `${id.model} ${id.session}`);

    expect(await named({ limit: 4 })).toEqual(["chat a", "chat b", "chat c", "count a"]);
    expect(await named({ limit: 4, after: conversation("a", "count") })).toEqual([
      "count b",
      "count c",
    ]);
    expect(await named({ limit: 2, model: "chat" })).toEqual(["chat a", "chat b"]);
    expect(await named({ limit: 2, model: "chat", after: conversation("b") })).toEqual(["chat c"]);
    expect(await named({ limit: 2, model: "none" })).toEqual([]);
  });

  test("lets those that are idle for longest expire, slice by slice", async () => {
    await using opened = await open();
    const { store } = opened;
    const sessions = Array.from({ length: 8 }, (_, index) => `s${index}`);
    await answered(
      store.commit(
        sessions.map((session, at) =>
          turnWrite({ n: 1, expectedVersion: null, id: conversation(session), at }),
        ),
      ),
    );
    const used = turnWrite({ n: 2, expectedVersion: "v1", id: conversation("s0"), at: 100 });
    await answered(store.commit([used]));

    const ended: number[] = [];
    for (let more = true; more; ) {
      const slice = await answered(store.expire({ usedBefore: 6, limit: 3 }));
      ended.push(slice.ended);
      more = slice.more;
    }
    expect(Math.max(...ended)).toBeLessThanOrEqual(3);
    expect(ended.reduce((sum, count) => sum + count)).toBe(5);
    const left = await answered(store.list({ limit: 9 }));
    expect(left.map(({ id }) => id.session)).toEqual(["s0", "s6", "s7"]);
  });

  test("refuses conversations above its limit, goes on with those it has, and takes new ones for ended ones", async () => {
    await using opened = await open({ ...NO_LIMITS, conversationsLimit: 2 });
    const { store } = opened;
    const begin = (session: string) =>
      turnWrite({ n: 1, expectedVersion: null, id: conversation(session) });

    expect(await answered(store.commit([begin("anna"), begin("bert"), begin("carl")]))).toEqual([
      WRITTEN,
      WRITTEN,
      {
        status: "refused",
        detail: expect.stringContaining("holds 2 conversations, its limit; mend: "),
      },
    ]);
    expect(await answered(store.commit([turnWrite({ n: 2, expectedVersion: "v1" })]))).toEqual([
      WRITTEN,
    ]);
    await answered(store.end(conversation("bert")));
    expect(await answered(store.commit([begin("carl")]))).toEqual([WRITTEN]);
    await answered(store.expire({ usedBefore: 10, limit: 1 }));
    expect(await answered(store.commit([begin("dora")]))).toEqual([WRITTEN]);
  });

  test("keeps the last of its room for the conversations that it has", async () => {
    await using opened = await open({ ...NO_LIMITS, bytesLimit: 200_000 });
    const { store } = opened;
    const begin = (session: string) => {
      const id = conversation(session);
      return turnWrite({ n: 1, expectedVersion: null, id, snapshot: new Uint8Array(10_000) });
    };
    const sessions = Array.from({ length: 25 }, (_, index) => `s${index}`);
    const results = [];
    for (const session of sessions)
      results.push(...(await answered(store.commit([begin(session)]))));

    expect(results).toContainEqual(WRITTEN);
    expect(results.at(-1)).toEqual({
      status: "refused",
      detail: expect.stringContaining("no room left of its 200000 bytes"),
    });
    const next = turnWrite({ n: 2, expectedVersion: "v1", id: conversation("s0") });
    expect(await answered(store.commit([next]))).toEqual([WRITTEN]);
  });

  test("gives a first turn to one of those who begin a conversation at once", async () => {
    await using opened = await open();
    const { store } = opened;
    const writers = Array.from({ length: 20 }, (_, writer) =>
      turnWrite({
        n: 1,
        expectedVersion: null,
        key: `key of ${writer}`,
        newVersion: `by ${writer}`,
      }),
    );
    const results = await Promise.all(writers.map((write) => answered(store.commit([write]))));

    const winners = results.flat().map(({ status }) => status);
    expect(winners.filter((status) => status === "written")).toHaveLength(1);
    expect(winners.filter((status) => status === "conflict")).toHaveLength(19);
    const winner = writers[winners.indexOf("written")];
    expect((await answered(store.load(ANNA)))?.version).toBe(winner?.newVersion ?? "nobody's");
  });

  test("refuses every call once it is closed", async () => {
    await using opened = await open();
    const { store } = opened;
    await answered(store.load(ANNA));
    await store.close();

    const failure: StoreFailure = {
      reason: "closed",
      detail: expect.stringContaining("it is closed"),
      mayBeApplied: false,
    };
    expect(await store.load(ANNA)).toEqual({ ok: false, failure });
    expect(await store.commit(turnWrites(1))).toEqual({ ok: false, failure });
    expect(store.health()).toEqual({ state: "down", failure });
  });
}
