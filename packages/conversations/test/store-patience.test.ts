import { expect, test } from "bun:test";
import { testFile } from "./test-store.ts";
import { conversation } from "./turn-write.ts";

const ANNA = conversation("anna");

/** In place of the store's thread: after the first one, each transaction takes so long, and is well. */
function taking(ms: number): string {
  const source = `let runs = 0;
  self.onmessage = ({ data }) => {
    if (data.type === "close") process.exit();
    if (data.type === "run" && runs++ > 0) Bun.sleepSync(${ms});
    const outcomes = data.requests?.map(() => ({ ok: true })) ?? [];
    self.postMessage({ outcomes, trouble: undefined });
  };`;
  return URL.createObjectURL(new Blob([source]));
}

/** This thread does nothing else meanwhile, like a replica's that gets no processor. */
function stall(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test("a store is not called late for a time in which nobody could have seen its answer", async () => {
  await using file = await testFile();
  const store = file.open({ timeoutMs: 1_000, script: taking(1_300) });
  await store.load(ANNA);
  const loaded = store.load(ANNA);
  stall(1_200);

  expect((await loaded).ok).toBeTrue();
});

test("calls that wait for others are not late, as long as the store goes on", async () => {
  await using file = await testFile();
  const store = file.open({ timeoutMs: 1_000, script: taking(400) });
  await store.load(ANNA);
  // More than three transactions take.
  const calls = Array.from({ length: 100 }, () => store.load(ANNA));

  const outcomes = await Promise.all(calls);
  expect(outcomes.filter(({ ok }) => !ok)).toEqual([]);
});
