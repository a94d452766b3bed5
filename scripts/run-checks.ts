/** Format and lint, types, unused code. */
const CHECKS = {
  biome: ["biome", "ci", "--error-on-warnings", "."],
  types: ["tsc", "--noEmit", "-p", "."],
  knip: ["knip", "--no-progress"],
} as const;

/** Runs every check, also after one failed; resolves to how many did. */
export async function runChecks(root: string): Promise<number> {
  let failed = 0;
  for (const [name, command] of Object.entries(CHECKS)) {
    // `--bun`: Biome's and knip's own launchers ask for Node, and knip for a newer one than 20.
    const child = Bun.spawn([process.execPath, "--bun", "x", ...command], {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
    });
    const exitCode = await child.exited;
    console.log(`check: ${name} ${exitCode === 0 ? "passed" : "failed"}`);
    if (exitCode !== 0) failed += 1;
  }
  return failed;
}
