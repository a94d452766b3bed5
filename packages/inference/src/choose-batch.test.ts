import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type BatchPolicy, chooseBatch, type Waiting } from "./choose-batch.ts";

function waiting(length: number, more: Partial<Waiting> = {}): Waiting {
  return { key: "a", rows: 1, length, alone: false, ...more };
}

/** A millisecond a run, and 0.01 for each row's token: batching saves where lengths are alike. */
const POLICY: BatchPolicy = {
  maxRows: 8,
  predictMs: (rows, length) => 1 + 0.01 * rows * length,
};

describe("the next batch", () => {
  test("is nothing where nothing waits, and the only request at once", () => {
    expect(chooseBatch([], POLICY)).toEqual([]);
    expect(chooseBatch([waiting(10)], POLICY)).toEqual([0]);
  });

  test("is all that waits of one length, up to its rows", () => {
    const all = Array.from({ length: 10 }, () => waiting(10));

    expect(chooseBatch(all, POLICY)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test("counts the rows of every request, and fills up with a smaller one", () => {
    const rows = [3, 4, 2, 1].map((count) => waiting(10, { rows: count }));

    expect(chooseBatch(rows, POLICY)).toEqual([0, 1, 3]);
  });

  test("is the oldest request alone where sharing is predicted to save nothing", () => {
    const proportional = { maxRows: 8, predictMs: (rows: number) => rows };
    const saves4Percent = { maxRows: 8, predictMs: (rows: number) => 0.04 + 0.96 * rows };

    expect(chooseBatch([waiting(10), waiting(10)], proportional)).toEqual([0]);
    expect(chooseBatch([waiting(10), waiting(10)], saves4Percent)).toEqual([0]);
  });

  test("leaves out what padding makes dearer than a run of its own", () => {
    // Beside 200 tokens a text of 10 costs 2 ms, alone 1.1.
    expect(chooseBatch([waiting(200), waiting(10)], POLICY)).toEqual([0]);
    expect(chooseBatch([waiting(10), waiting(200)], POLICY)).toEqual([0]);
  });

  test("takes those of the most similar length first", () => {
    const lengths = [50, 100, 55, 10, 52].map((length) => waiting(length));

    expect(chooseBatch(lengths, { ...POLICY, maxRows: 3 })).toEqual([0, 4, 2]);
  });

  test("always has the oldest request in it, however ill it fits the others", () => {
    const shorts = Array.from({ length: 5 }, () => waiting(4));

    expect(chooseBatch([waiting(500), ...shorts], POLICY)).toEqual([0]);
  });

  test("never mixes models or shapes", () => {
    const others = [waiting(10), waiting(10, { key: "b" }), waiting(10)];

    expect(chooseBatch(others, POLICY)).toEqual([0, 2]);
  });

  test("leaves a request that must run alone to itself", () => {
    const alone = waiting(10, { alone: true });

    expect(chooseBatch([alone, waiting(10), waiting(10)], POLICY)).toEqual([0]);
    expect(chooseBatch([waiting(10), alone, waiting(10)], POLICY)).toEqual([0, 2]);
  });

  test("is not predicted to take more than 100 ms, unless one request does by itself", () => {
    const slow = { maxRows: 256, predictMs: (rows: number) => 20 + 10 * rows };
    const many = Array.from({ length: 50 }, () => waiting(10));

    expect(chooseBatch(many, slow)).toHaveLength(8);
    expect(chooseBatch(many, { maxRows: 256, predictMs: (rows) => 200 + rows })).toEqual([0]);
  });

  test("may take a multiple of the oldest request's own time where the policy says so", () => {
    const replies = { maxRows: 256, predictMs: (rows: number) => 200 + 10 * rows, stretch: 2 };
    const many = Array.from({ length: 50 }, () => waiting(10));

    expect(chooseBatch(many, replies)).toHaveLength(22);
  });

  test("whatever waits: has the oldest, one key, not too many rows, and costs no more than each alone", () => {
    const request = fc.record({
      key: fc.constantFrom("a", "b"),
      rows: fc.integer({ min: 1, max: 4 }),
      length: fc.integer({ min: 1, max: 512 }),
      alone: fc.boolean(),
    });
    const policy = fc
      .record({
        maxRows: fc.integer({ min: 4, max: 16 }),
        fixed: fc.double({ min: 0, max: 50, noNaN: true }),
        perRow: fc.double({ min: 0, max: 5, noNaN: true }),
        perToken: fc.double({ min: 0, max: 0.1, noNaN: true }),
      })
      .map(({ maxRows, fixed, perRow, perToken }) => ({
        maxRows,
        predictMs: (rows: number, length: number) => fixed + rows * (perRow + perToken * length),
      }));

    fc.assert(
      fc.property(fc.array(request, { minLength: 1, maxLength: 40 }), policy, (all, rules) => {
        const chosen = chooseBatch(all, rules);
        const batch = chosen.flatMap((position) => all[position] ?? []);
        const rows = batch.reduce((sum, one) => sum + one.rows, 0);
        const longest = Math.max(...batch.map(({ length }) => length));
        const eachAlone = batch.reduce(
          (sum, one) => sum + rules.predictMs(one.rows, one.length),
          0,
        );

        expect(chosen[0]).toBe(0);
        expect(new Set(chosen).size).toBe(chosen.length);
        expect(new Set(batch.map(({ key }) => key)).size).toBe(1);
        expect(rows).toBeLessThanOrEqual(rules.maxRows);
        expect(rules.predictMs(rows, longest)).toBeLessThanOrEqual(eachAlone + 1e-9);
        if (batch.length > 1) {
          expect(batch.some(({ alone }) => alone)).toBe(false);
          expect(rules.predictMs(rows, longest)).toBeLessThanOrEqual(100);
        }
      }),
    );
  });
});
