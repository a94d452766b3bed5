import { expect, test } from "bun:test";
import { join } from "node:path";
import { generatedFiles } from "./generated-files.ts";

test("what is generated and committed is fresh; else `bun run generate`", async () => {
  const root = join(import.meta.dir, "..");
  const stale: string[] = [];
  for (const [path, bytes] of await generatedFiles(root)) {
    const file = Bun.file(join(root, path));
    if (!(await file.exists()) || !Buffer.from(bytes).equals(await file.bytes())) stale.push(path);
  }
  expect(stale).toEqual([]);
});
