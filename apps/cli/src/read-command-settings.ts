import { readFileSync } from "node:fs";
import { type Checked, refused } from "@flotilla/common/checked";
import {
  type LooseSettings,
  type ReadSettings,
  readLooseSettings,
} from "@flotilla/common/read-settings";
import type { SettingKey } from "@flotilla/common/settings";
import { typedFlags } from "./setting-flags.ts";

/** What a command goes by. */
export interface CommandSettings extends ReadSettings {
  /** The settings' file, whether or not it is there. */
  readonly file: string;
}

export interface LooseCommandSettings extends LooseSettings, CommandSettings {}

const DEFAULT_FILE = "flotilla.yaml";

/** The settings of a command, from its flags, the environment and the file that one of them names. */
export function readCommandSettings(options: {
  readonly options: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}): LooseCommandSettings {
  const { environment } = options;
  const named = options.options["config"] ?? environment["FLOTILLA_CONFIG"];
  const path = typeof named === "string" && named !== "" ? named : undefined;
  const file = readFile(path ?? DEFAULT_FILE);
  const read = readLooseSettings({ flags: typedFlags(options.options), environment, file });
  const missing =
    file === undefined && path !== undefined
      ? [`${path}: cannot be read; mend: name the settings' file in --config`]
      : [];
  return { ...read, problems: [...missing, ...read.problems], file: path ?? DEFAULT_FILE };
}

/** For whoever starts something: all is right, or nothing is done. */
export function soundSettings(read: LooseCommandSettings): Checked<CommandSettings> {
  return read.problems.length > 0 ? refused(...read.problems) : { ok: true, value: read };
}

/**
 * For a command that asks a running fleet, and goes by these keys alone: what is wrong elsewhere is told and no
 * obstacle, for in an incident the settings may be what is broken. A wrong key of its own is one: the default may be
 * another fleet.
 */
export function neededSettings(
  read: LooseCommandSettings,
  keys: readonly SettingKey[],
): Checked<CommandSettings & { readonly warnings: readonly string[] }> {
  const { problems, settings, unsettled } = read;
  if (keys.some((key) => unsettled.has(key))) return refused(...problems);
  const shown = keys.map((key) => `${key} ${JSON.stringify(settings[key])}`).join(", ");
  const warnings = problems.length > 0 ? [...problems, `going on with ${shown}`] : [];
  return { ok: true, value: { ...read, warnings } };
}

function readFile(path: string): { readonly path: string; readonly text: string } | undefined {
  try {
    return { path, text: readFileSync(path, "utf8") };
  } catch {
    return undefined;
  }
}
