import { expect, test } from "bun:test";
import { openMemoryStore } from "../src/memory-store.ts";
import { faultyStore } from "./faulty-store.ts";
import { answered, NO_LIMITS } from "./test-store.ts";
import { conversation, turnWrites } from "./turn-write.ts";

const WRITTEN = { status: "written" } as const;
const CONFLICT = { status: "conflict" } as const;

test("a store that loses writes calls them written, and has none of them", async () => {
  const store = faultyStore(openMemoryStore(NO_LIMITS), { fault: "loses", every: 2 });

  expect(await answered(store.commit(turnWrites(3)))).toEqual([WRITTEN, WRITTEN, CONFLICT]);
  expect(await answered(store.load(conversation("anna")))).toMatchObject({
    turns: 1,
    version: "v1",
  });
});

test("a store that doubles writes has them as two turns", async () => {
  const store = faultyStore(openMemoryStore(NO_LIMITS), { fault: "doubles", every: 2 });

  expect(await answered(store.commit(turnWrites(3)))).toEqual([WRITTEN, WRITTEN, CONFLICT]);
  const loaded = await answered(store.load(conversation("anna")));
  expect(loaded).toMatchObject({ turns: 3, version: "v2" });
  const inputs = loaded?.replay.map(({ input }) => new TextDecoder().decode(input));
  expect(inputs).toEqual(["input 1", "input 2", "input 2"]);
});
