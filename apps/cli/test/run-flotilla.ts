import { resolve } from "node:path";
import { settingsEnvironment } from "@flotilla/common/read-settings";
import type { Settings } from "@flotilla/common/settings";

export const MAIN = resolve(import.meta.dir, "../src/main.ts");

/** A command that runs; `stderr` is there to be read while it does. */
export function startFlotilla(options: {
  readonly arguments: readonly string[];
  readonly settings?: Partial<Settings>;
  /** Where it runs; a place without `flotilla.yaml`, unless there is one. */
  readonly folder?: string;
}) {
  const { PATH, HOME } = Bun.env;
  return Bun.spawn([process.execPath, MAIN, ...options.arguments], {
    cwd: options.folder ?? import.meta.dir,
    env: { PATH, HOME, ...settingsEnvironment(options.settings ?? {}) },
    stdout: "pipe",
    stderr: "pipe",
  });
}

/** `flotilla …`, from its start to its end. */
export async function runFlotilla(options: Parameters<typeof startFlotilla>[0]) {
  const run = startFlotilla(options);
  const [out, problems, code] = await Promise.all([
    run.stdout.text(),
    run.stderr.text(),
    run.exited,
  ]);
  return { out, problems, code };
}
