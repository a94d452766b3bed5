import { expect, test } from "bun:test";
import { inputLength } from "./input-length.ts";

test("a text counts by its tokens, as they are estimated, up to what the model takes", () => {
  expect(inputLength({ text: "12345678" }, 128)).toBe(4);
  expect(inputLength({ text: "a".repeat(10_000) }, 128)).toBe(128);
});

test("what else an input holds counts coarsely, so that alike inputs are of one length", () => {
  const length = (input: Parameters<typeof inputLength>[0]) => inputLength(input, Infinity);

  expect(length({ features: new Array(64).fill(0.5) })).toBe(64);
  expect(length({ width: 4.2, height: 1 })).toBe(length({ width: 42, height: 1 }));
  expect(length({ name: "abcd", deep: [{ x: null }, { x: [1, 2] }] })).toBe(8);
  expect(length({})).toBe(1);
  expect(length({ data: new Uint8Array(1_000), mediaType: "image/png" })).toBe(1_024);
});
