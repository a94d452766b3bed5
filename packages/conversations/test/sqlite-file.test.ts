import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { KEPT_TURNS } from "../src/session-store.ts";
import { answered, testFile } from "./test-store.ts";
import { conversation, turnWrite, turnWrites } from "./turn-write.ts";

const ANNA = conversation("anna");

test("a file keeps no turns but those in the window of keys, and no inputs that a snapshot has", async () => {
  await using file = await testFile();
  const store = file.open();
  await answered(
    store.commit(turnWrites(KEPT_TURNS + 30, (n) => (n % 5 === 0 ? { snapshot: "state" } : {}))),
  );
  using other = new Database(file.path);

  expect(other.query("SELECT count(*) AS turns, count(input) AS inputs FROM turns").get()).toEqual({
    turns: KEPT_TURNS,
    inputs: 4,
  });
});

test("two keys that look alike are two turns", async () => {
  await using file = await testFile();
  const store = file.open();
  const [one, other] = alike();
  await answered(store.commit([turnWrite({ n: 1, expectedVersion: null, key: one })]));

  const second = turnWrite({ n: 2, expectedVersion: "v1", key: other });
  expect(await answered(store.commit([second]))).toEqual([{ status: "written" }]);
  const found = [one, other].map((key) => answered(store.findTurn({ id: ANNA, key })));
  expect((await Promise.all(found)).map((turn) => turn?.n)).toEqual([1, 2]);
});

/** Two keys of which recent-keys.ts keeps the same four bytes. */
function alike(): readonly [string, string] {
  const seen = new Map<number, string>();
  for (let number = 0; ; number++) {
    const key = `key ${number}`;
    const hash = Bun.hash.xxHash32(key);
    const before = seen.get(hash);
    if (before !== undefined) return [before, key];
    seen.set(hash, key);
  }
}

test("a view of a large buffer goes to the store's thread without the rest of it", async () => {
  await using file = await testFile();
  const source = `self.onmessage = ({ data }) => {
    const [{ turn, snapshot }] = data.requests?.[0].argument ?? [{ turn: {} }];
    const value = [turn.input, turn.answer, snapshot].map((bytes) => bytes?.buffer.byteLength);
    self.postMessage({ outcomes: [{ ok: true, value }] });
    if (data.type === "close") process.exit();
  };`;
  const store = file.open({ script: URL.createObjectURL(new Blob([source])) });
  const view = new Uint8Array(2 ** 20).subarray(0, 3);
  const write = turnWrite({ n: 1, expectedVersion: null, answer: view, snapshot: view });
  const { turn } = write;

  const sizes: unknown = await answered(
    store.commit([{ ...write, turn: { ...turn, input: view } }]),
  );
  expect(sizes).toEqual([3, 3, 3]);
});
