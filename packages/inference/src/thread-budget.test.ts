import { describe, expect, test } from "bun:test";
import { threadBudget } from "./thread-budget.ts";

describe("the thread budget", () => {
  test.each([
    [8, 3, 2],
    [2, 3, 1],
    [2.5, 1, 2],
    [0.5, 1, 1],
  ])("of %d cores for %d replicas is %d", (cores, replicas, threads) => {
    expect(threadBudget({ cores, replicas })).toBe(threads);
  });
});
