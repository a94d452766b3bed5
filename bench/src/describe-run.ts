import { cpus, release } from "node:os";

/** What a figure needs beside it to mean anything. */
export interface Run {
  readonly command: string;
  readonly date: string;
  readonly commit: string;
  /** The working copy was not that commit alone; what such runs record, and other documents, do not count. */
  readonly changed: boolean;
  readonly bun: string;
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
}

const CODE = [":(top)", ":(top,exclude)bench/results", ":(top,exclude)docs", ":(top,exclude)*.md"];

export function readRun(command: string): Run {
  const git = (...words: readonly string[]) =>
    Bun.spawnSync(["git", ...words], { cwd: import.meta.dir })
      .stdout.toString()
      .trim();
  return {
    command,
    date: new Date().toISOString().slice(0, 10),
    commit: git("rev-parse", "--short", "HEAD"),
    changed: git("status", "--porcelain", "--", ...CODE) !== "",
    bun: Bun.version,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    kernel: release(),
  };
}

export function describeRun(command: string): string {
  return showRun(readRun(command));
}

export function showRun({ command, date, commit, changed, bun, cores, cpu }: Run): string {
  const changes = changed ? " with changes" : "";
  return `\`${command}\`, ${date}, commit ${commit}${changes}, Bun ${bun}, ${cores} × ${cpu}`;
}
