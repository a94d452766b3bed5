import { expect, test } from "bun:test";
import { threadMs } from "./thread-ms.ts";

test("a thread's own time counts what it computes, to less than a tick, and not what it waits", async () => {
  const start = threadMs();
  await Bun.sleep(50);
  const waited = threadMs() - start;
  const shortest = Math.min(...Array.from({ length: 20 }, () => timeOf(() => spin(100_000))));
  const longest = Math.min(...Array.from({ length: 20 }, () => timeOf(() => spin(1_000_000))));

  expect(waited).toBeLessThan(40);
  expect(shortest).toBeGreaterThan(0);
  expect(longest).toBeGreaterThan(3 * shortest);
});

function timeOf(work: () => unknown): number {
  const start = threadMs();
  work();
  return threadMs() - start;
}

function spin(rounds: number): number {
  let sum = 0;
  for (let round = 0; round < rounds; round++) sum += Math.sqrt(round);
  return sum;
}
