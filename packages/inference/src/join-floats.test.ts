import { expect, test } from "bun:test";
import fc from "fast-check";
import { joinFloats } from "./join-floats.ts";

const readBack = (values: Float32Array) => new Float32Array(JSON.parse(`[${joinFloats(values)}]`));

test("floats are JSON that reads back as the same float32 numbers", () => {
  fc.assert(
    fc.property(fc.float32Array({ noNaN: true, maxLength: 3_000 }), (drawn) => {
      const values = drawn.filter(Number.isFinite).map((value) => value || 0);

      expect(readBack(values)).toEqual(values);
    }),
  );
});

test("as they do at every size, next to powers of ten and of two, and across the chunks", () => {
  const edges = Array.from({ length: 70 }, (_, power) => [10 ** (power - 38), 2 ** (power - 35)]);
  const bits = new Uint32Array(Float32Array.from(edges.flat()).buffer);
  const near = [-2, -1, 0, 1, 2].flatMap((step) => [
    ...new Float32Array(bits.map((bit) => bit + step).buffer),
  ]);
  const all = Float32Array.from(near.filter(Number.isFinite), (value, at) =>
    at % 2 === 0 ? value : -value,
  );
  const many = new Float32Array(5_000).map((_, at) => all[at % all.length] ?? 0);

  expect(readBack(many)).toEqual(many);
});

test("they have nine digits at most, where a double has seventeen", () => {
  expect(joinFloats(Float32Array.of(0.1, -0.25, 3, 0, 0.007, 1 / 3, 1234.5))).toBe(
    "0.1,-0.25,3,0,0.0070000002,0.33333334,1234.5",
  );
  expect(joinFloats(new Float32Array())).toBe("");
});

test("NaN and infinities are no JSON", () => {
  expect(joinFloats(Float32Array.of(1, Number.NaN))).toBeUndefined();
  expect(joinFloats(Float32Array.of(Number.NEGATIVE_INFINITY))).toBeUndefined();
});
