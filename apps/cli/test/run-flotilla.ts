import { resolve } from "node:path";
import { settingsEnvironment } from "@flotilla/common/read-settings";
import type { Settings } from "@flotilla/common/settings";

export const MAIN = resolve(import.meta.dir, "../src/main.ts");

interface FlotillaOptions {
  readonly arguments: readonly string[];
  readonly settings?: Partial<Settings>;
  /** Where it runs; a place without `flotilla.yaml`, unless there is one. */
  readonly folder?: string;
  /** What it reads from standard input. */
  readonly input?: string;
}

/** A command that runs; `stderr` is there to be read while it does. */
export function startFlotilla(options: FlotillaOptions) {
  return Bun.spawn(commandOf(options), {
    ...placeOf(options),
    stdin: new Blob([options.input ?? ""]),
    stdout: "pipe",
    stderr: "pipe",
  });
}

/** What somebody sees who types `flotilla …` at a terminal. */
export async function typeFlotilla(
  options: FlotillaOptions,
  onShown: (text: string) => void = () => {},
) {
  let shown = "";
  const closed = Promise.withResolvers<void>();
  const run = Bun.spawn(commandOf(options), {
    ...placeOf(options),
    terminal: {
      data(_, bytes) {
        shown += new TextDecoder().decode(bytes);
        onShown(shown);
      },
      exit: () => closed.resolve(),
    },
  });
  const code = await run.exited;
  await closed.promise;
  return { shown, code };
}

function commandOf(options: FlotillaOptions): string[] {
  return [process.execPath, MAIN, ...options.arguments];
}

function placeOf({ folder, settings = {} }: FlotillaOptions) {
  const { PATH, HOME } = Bun.env;
  return {
    cwd: folder ?? import.meta.dir,
    env: { PATH, HOME, ...settingsEnvironment(settings) },
  };
}

/** `flotilla …`, from its start to its end. */
export async function runFlotilla(options: FlotillaOptions) {
  const run = startFlotilla(options);
  const [out, problems, code] = await Promise.all([
    run.stdout.text(),
    run.stderr.text(),
    run.exited,
  ]);
  return { out, problems, code };
}
