import { describe, expect, test } from "bun:test";
import { decodeUtf8, parseJson } from "./parse-json.ts";

function parsed(text: string, depthLimit = 64): unknown {
  const outcome = parseJson(text, depthLimit);
  return outcome.ok ? outcome.value : outcome.failure;
}

describe("JSON", () => {
  test("100,000 levels deep is refused", () => {
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
      ["[", ""],
    ] as const) {
      expect(parsed(open.repeat(100_000) + close.repeat(100_000))).toEqual({
        kind: "invalid-input",
        detail: "the JSON is nested more than 64 levels deep",
      });
    }
  });

  test("may be as deep as the limit, and brackets in strings do not count", () => {
    expect(parsed("[[1]]", 2)).toEqual([[1]]);
    expect(parsed("[[[1]]]", 2)).toHaveProperty("kind", "invalid-input");
    expect(parsed('["[[[", "\\"[[[", "\\\\", "]\\\\\\"["]', 1)).toEqual([
      "[[[",
      '"[[[',
      "\\",
      ']\\"[',
    ]);
  });

  test.each([
    "9007199254740993",
    "-9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
  ])("keeps %s exactly", (digits) => {
    expect(parsed(digits)).toBe(BigInt(digits));
    expect(parsed(`{"a":[1,${digits}]}`)).toEqual({ a: [1, BigInt(digits)] });
    expect(parsed(`[ ${digits}\n]`)).toEqual([BigInt(digits)]);
  });

  test("leaves other numbers as they are", () => {
    const text = "[9007199254740991,0.1234567890123456789,1e18,12345678901234567.5,-0,1e999]";

    expect(parsed(text)).toEqual([
      9007199254740991,
      0.12345678901234568,
      1e18,
      12345678901234568,
      -0,
      Infinity,
    ]);
    expect(parsed(`[${"9".repeat(100_000)}]`)).toEqual([Infinity]);
    expect(parsed('["12345678901234567890",12345678901234567890.5]')).toEqual([
      "12345678901234567890",
      12345678901234567000,
    ]);
  });

  test("that is none is refused without repeating it", () => {
    for (const text of ["", "secret", '{"secret": ', "[1,]", '"secret', "]]"]) {
      expect(parsed(text)).toEqual({ kind: "invalid-input", detail: "the text is not JSON" });
    }
  });

  test("cannot reach a prototype, also where integers are long", () => {
    for (const number of ["1", "12345678901234567890"]) {
      const value = parsed(`{"__proto__":{"hacked":${number}}}`);

      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect(Object.keys(value as object)).toEqual(["__proto__"]);
    }
    expect({}).not.toHaveProperty("hacked");
  });

  test("takes the last of equal keys", () => {
    expect(parsed('{"a":1,"a":2}')).toEqual({ a: 2 });
  });
});

test("bytes that are not UTF-8 are refused, not replaced", () => {
  expect(decodeUtf8(Buffer.from("größer"))).toEqual({ ok: true, value: "größer" });
  expect(decodeUtf8(Uint8Array.of(0x22, 0xc3, 0x28, 0x22))).toEqual({
    ok: false,
    failure: { kind: "invalid-input", detail: "the text is not UTF-8" },
  });
});
