import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs a generator to its end, with files of its own; what it printed, and the CPU time that it took. */
export async function runGenerator<T>(options: {
  /** What its files are called, and what is in them. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** Gets the path of each file, and of any other that it is to write. */
  readonly command: (pathOf: (file: string) => string) => readonly string[];
  readonly read: (
    output: string,
    cpuMs: number,
    pathOf: (file: string) => string,
  ) => T | Promise<T>;
}): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "flotilla-load-"));
  const pathOf = (file: string) => join(folder, file);
  try {
    for (const [file, content] of Object.entries(options.files)) {
      await Bun.write(pathOf(file), content);
    }
    const command = options.command(pathOf);
    const child = Bun.spawn([...command], { stdio: ["ignore", "pipe", "pipe"] });
    const [output, errors, code] = await Promise.all([
      child.stdout.text(),
      child.stderr.text(),
      child.exited,
    ]);
    if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}:\n${output}${errors}`);
    const cpuMs = Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1000;
    return await options.read(output, cpuMs, pathOf);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
