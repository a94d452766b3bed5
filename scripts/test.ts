import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { runChecks } from "./run-checks.ts";
import { closingLine, runTests } from "./run-tests.ts";

/** Every check, then every folder's tests; the last line adds up what the runners reported. */
const root = join(import.meta.dir, "..");
const total = { passed: 0, failed: await runChecks(root), skipped: 0 };

const folders = [
  "scripts",
  "proto",
  ...foldersIn("packages"),
  ...foldersIn("apps"),
  "bench",
  "examples",
];
for (const folder of folders.filter(hasTests)) {
  console.log(`\n── ${folder} ──`);
  const counts = await runTests(root, `./${folder}`);
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
}
console.log(`\n${closingLine(total)}`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);

function foldersIn(parent: string): readonly string[] {
  return readdirSync(join(root, parent))
    .toSorted()
    .map((name) => `${parent}/${name}`);
}

function hasTests(folder: string): boolean {
  const tests = [...new Glob("**/*.test.ts").scanSync(join(root, folder))];
  return tests.some((path) => !path.includes("node_modules"));
}
