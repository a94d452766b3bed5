import { expect, test } from "bun:test";
import { lintProto } from "./generate.ts";

test("buf has nothing to say about the .proto files", async () => {
  expect(await lintProto()).toBe("");
});
