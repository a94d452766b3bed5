import { cpus } from "node:os";

/** What a figure needs beside it to mean anything. */
export function describeRun(command: string): string {
  const git = (...words: readonly string[]) =>
    Bun.spawnSync(["git", ...words], { cwd: import.meta.dir })
      .stdout.toString()
      .trim();
  const changed = git("status", "--porcelain") === "" ? "" : " with changes";
  const day = new Date().toISOString().slice(0, 10);
  const machine = `${cpus().length} × ${cpus()[0]?.model}`;
  return `\`${command}\`, ${day}, commit ${git("rev-parse", "--short", "HEAD")}${changed}, Bun ${Bun.version}, ${machine}`;
}
