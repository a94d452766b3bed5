import { expect, test } from "bun:test";
import { join } from "node:path";
import { readableFiles } from "./readable-files.ts";

test("the configurations for people are what is rendered (else: bun run generate)", async () => {
  for (const [path, text] of readableFiles()) {
    expect(await Bun.file(join(import.meta.dir, "../../..", path)).text()).toBe(text);
  }
});
