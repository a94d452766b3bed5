import { expect, test } from "bun:test";
import { multipliesInt8 } from "./multiplies-int8.ts";

test("processors with VNNI multiply int8 exactly, those with AVX2 or AVX-512 alone do not", () => {
  const flags = "flags\t\t: fpu sse4_2 avx avx2 avx512f avx512bw";
  expect(multipliesInt8(`${flags} avx512_vnni`)).toBe(true);
  expect(multipliesInt8(`${flags} avx_vnni movdiri`)).toBe(true);
  expect(multipliesInt8(flags)).toBe(false);
  expect(multipliesInt8("")).toBe(false);
});
