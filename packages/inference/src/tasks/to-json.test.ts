import { describe, expect, test } from "bun:test";
import { toJson } from "./to-json.ts";

function refusal(value: unknown): string {
  try {
    return `no refusal: ${toJson(value)}`;
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
}

describe("a prediction", () => {
  test("is the JSON that it looks like", () => {
    const value = { a: [1, null, "ü\n", true, { b: [] }], 'q"': -0, c: undefined };

    expect(JSON.parse(toJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    expect(toJson("text")).toBe('"text"');
    expect(toJson(null)).toBe("null");
  });

  test("has arrays for typed arrays, and the digits of large integers", () => {
    expect(toJson({ scores: Float32Array.of(0.5, -1), ids: BigInt64Array.of(2n ** 60n) })).toBe(
      `{"scores":[0.5,-1],"ids":[${2n ** 60n}]}`,
    );
    expect(toJson({ id: 2n ** 60n, half: Float16Array.of(0.5) })).toBe(
      `{"id":${2n ** 60n},"half":[0.5]}`,
    );
  });

  test("is refused with the place of what JSON would lose", () => {
    const itself: { own?: unknown } = {};
    itself.own = itself;

    expect(refusal({ a: [{ b: Number.NaN }] })).toBe(
      "the prediction.a[0].b: NaN, which JSON cannot carry",
    );
    expect(refusal({ a: Float32Array.of(1, Number.POSITIVE_INFINITY) })).toBe(
      "the prediction.a[1]: Infinity, which JSON cannot carry",
    );
    expect(refusal(undefined)).toBe("the prediction: expected JSON, got undefined");
    expect(refusal({ at: new Date() })).toBe("the prediction.at: expected JSON, got a Date");
    expect(refusal({ of: new Map() })).toBe("the prediction.of: expected JSON, got a Map");
    expect(refusal({ call: () => 1 })).toBe("the prediction.call: expected JSON, got function");
    expect(refusal(itself)).toContain("nested over 30 levels deep");
  });
});
