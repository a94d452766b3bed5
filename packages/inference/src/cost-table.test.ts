import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createCostTable } from "./cost-table.ts";

const MEASURED = [
  { rows: 4, length: 8, ms: 4 },
  { rows: 1, length: 8, ms: 2 },
  { rows: 1, length: 32, ms: 6 },
  { rows: 4, length: 32, ms: 18 },
];

describe("a cost table", () => {
  test("predicts what was measured", () => {
    const table = createCostTable(MEASURED);

    for (const { rows, length, ms } of MEASURED) expect(table.predictMs(rows, length)).toBe(ms);
  });

  test("draws lines between the measurements, in rows and in length", () => {
    const table = createCostTable(MEASURED);

    expect(table.predictMs(2, 8)).toBeCloseTo(2 + 2 / 3);
    expect(table.predictMs(1, 20)).toBe(4);
    expect(table.predictMs(2.5, 20)).toBe((3 + 12) / 2);
  });

  test("draws the last line on above the measurements, and takes the least below", () => {
    const table = createCostTable(MEASURED);

    expect(table.predictMs(7, 8)).toBe(6);
    expect(table.predictMs(1, 56)).toBe(10);
    expect(table.predictMs(1, 2)).toBe(2);
  });

  test("takes the cost as proportional where there was time for one measurement only", () => {
    const table = createCostTable([{ rows: 1, length: 10, ms: 5 }]);

    expect(table.predictMs(4, 10)).toBe(20);
    expect(table.predictMs(1, 40)).toBe(20);
  });

  test("never thinks that more takes less, whatever noise was measured", () => {
    const table = createCostTable([
      { rows: 1, length: 8, ms: 9 },
      { rows: 4, length: 8, ms: 3 },
    ]);

    expect(table.predictMs(4, 8)).toBe(9);
    expect(table.predictMs(64, 8)).toBe(9);
  });

  test("learns from the batches that ran, a little from each", () => {
    const table = createCostTable(MEASURED);
    table.observe({ rows: 4, length: 32, ms: 1_000_000 });
    expect(table.predictMs(4, 32)).toBeCloseTo(18 * 1.1);

    for (let run = 0; run < 200; run++) table.observe({ rows: 4, length: 32, ms: 30 });
    expect(table.predictMs(4, 32)).toBeCloseTo(30);
    expect(table.predictMs(1, 8)).toBe(2);
  });

  test("guesses no further than four times the length, until a batch has shown it", () => {
    const table = createCostTable([{ rows: 1, length: 1, ms: 0.05 }]);
    expect(table.predictMs(1, 16_000)).toBe(0.2);

    table.observe({ rows: 1, length: 16_000, ms: 0.5 });

    expect(table.predictMs(1, 16_000)).toBe(0.5);
    expect(table.predictMs(1, 1)).toBe(0.05);
    expect(table.predictMs(1, 8_000)).toBeCloseTo(0.275, 3);
  });

  test("predicts a finite, positive cost, whatever it has seen", () => {
    const sample = fc.record({
      rows: fc.integer({ min: 1, max: 256 }),
      length: fc.integer({ min: 1, max: 512 }),
      ms: fc.double({ min: 1e-3, max: 1e5, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1 }), fc.array(sample), (measured, seen) => {
        const table = createCostTable(measured);
        for (const one of seen) table.observe(one);
        for (const { rows, length } of [...measured, ...seen]) {
          expect(table.predictMs(rows, length)).toBeGreaterThan(0);
          expect(table.predictMs(rows, length)).toBeLessThan(Number.POSITIVE_INFINITY);
        }
      }),
    );
  });
});
