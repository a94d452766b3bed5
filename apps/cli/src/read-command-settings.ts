import { readFileSync } from "node:fs";
import { type Checked, refused } from "@flotilla/common/checked";
import { type ReadSettings, readSettings } from "@flotilla/common/read-settings";
import { typedFlags } from "./setting-flags.ts";

/** What a command goes by. */
export interface CommandSettings extends ReadSettings {
  /** The settings' file, whether or not it is there. */
  readonly file: string;
}

const DEFAULT_FILE = "flotilla.yaml";

/** The settings of a command, from its flags, the environment and the file that one of them names. */
export function readCommandSettings(options: {
  readonly options: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}): Checked<CommandSettings> {
  const { environment } = options;
  const named = options.options["config"] ?? environment["FLOTILLA_CONFIG"];
  const path = typeof named === "string" && named !== "" ? named : undefined;
  const file = readFile(path ?? DEFAULT_FILE);
  if (file === undefined && path !== undefined) {
    return refused(`${path}: cannot be read; mend: name the settings' file in --config`);
  }
  const read = readSettings({ flags: typedFlags(options.options), environment, file });
  return read.ok ? { ok: true, value: { ...read.value, file: path ?? DEFAULT_FILE } } : read;
}

function readFile(path: string): { readonly path: string; readonly text: string } | undefined {
  try {
    return { path, text: readFileSync(path, "utf8") };
  } catch {
    return undefined;
  }
}
