import { expect, test } from "bun:test";
import { createRestartDelay } from "./restart-delay.ts";

test("each restart of a process that never gets ready waits twice as long, up to 10 s", () => {
  const delay = createRestartDelay();

  const waits = Array.from({ length: 8 }, () => delay.next(0));

  expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
});

test("a process that was ready a while starts again quickly", () => {
  const delay = createRestartDelay();
  for (const readyMs of [0, 0, 1_999]) delay.next(readyMs);

  expect(delay.next(2_000)).toBe(200);
  expect(delay.next(0)).toBe(400);
});
