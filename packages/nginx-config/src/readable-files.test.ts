import { expect, test } from "bun:test";
import { join } from "node:path";
import { readableFiles } from "./readable-files.ts";

const REPOSITORY = join(import.meta.dir, "../../..");

test("the configurations for people are what is rendered (else: bun run generate)", async () => {
  for (const [path, text] of readableFiles()) {
    expect(await Bun.file(join(REPOSITORY, path)).text()).toBe(text);
  }
});

test("no configuration for people is left of what is not rendered any more", () => {
  const there = [...new Bun.Glob("nginx/*.conf").scanSync(REPOSITORY)];

  expect(there.toSorted()).toEqual([...readableFiles().keys()].toSorted());
});
