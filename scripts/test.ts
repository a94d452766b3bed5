import { join } from "node:path";
import { Glob } from "bun";
import { runChecks } from "./run-checks.ts";
import { closingLine, runTests } from "./run-tests.ts";

/** Every check, then every folder's tests; the last line adds up what the runners reported. */
const root = join(import.meta.dir, "..");
const total = { passed: 0, failed: await runChecks(root), skipped: 0 };

const folders = [
  ...new Glob("{scripts,proto,packages/*,apps/*}").scanSync({ cwd: root, onlyFiles: false }),
];
for (const folder of folders.sort()) {
  if (
    [...new Glob(`${folder}/**/*.test.ts`).scanSync(root)].every((file) =>
      file.includes("node_modules"),
    )
  ) {
    continue;
  }
  console.log(`\n── ${folder} ──`);
  const counts = await runTests(root, `./${folder}`);
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
}
console.log(`\n${closingLine(total)}`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
