import { Type } from "@sinclair/typebox";
import { type Checked, refused } from "./checked.ts";
import { closestWord } from "./closest-word.ts";
import { type GivenSetting, givenProblem, settingFromText } from "./given-setting.ts";
import { readSettingsFile } from "./read-settings-file.ts";
import {
  SETTING_KEYS,
  type SettingKey,
  type Settings,
  SettingsSchema,
  settingFlag,
  settingSchema,
  settingVariable,
} from "./settings.ts";

type SettingOrigin = "flag" | "variable" | "file" | "default";

export interface ReadSettings {
  readonly settings: Settings;
  readonly origins: Readonly<Record<SettingKey, SettingOrigin>>;
}

interface Given {
  readonly settings: readonly GivenSetting[];
  readonly problems: readonly string[];
}

/** Variables that are not settings: the file's path, how a process was started, the tests' and the benches' own. */
const OTHER_VARIABLES = /^FLOTILLA_(CONFIG$|SUPERVISED$|TEST_|BENCH_)/;

/**
 * Flag over variable over file over default. Everything that is wrong is named at once, also what something else
 * overrides: it would come to light at the worst time. An empty variable counts as unset, as Compose writes it.
 */
export function readSettings(options: {
  /** By the setting's key, as typed. */
  readonly flags: Readonly<Partial<Record<SettingKey, string>>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file: { readonly path: string; readonly text: string } | undefined;
}): Checked<ReadSettings> {
  const sources: Readonly<Record<Exclude<SettingOrigin, "default">, Given>> = {
    file: options.file ? readSettingsFile(options.file) : { settings: [], problems: [] },
    variable: fromEnvironment(options.environment),
    flag: fromFlags(options.flags),
  };
  const settings: Record<string, unknown> = {};
  const origins = {} as Record<SettingKey, SettingOrigin>;
  for (const key of SETTING_KEYS) {
    settings[key] = settingSchema(key)["default"];
    origins[key] = "default";
  }
  const problems: string[] = [];
  for (const origin of ["file", "variable", "flag"] as const) {
    problems.push(...sources[origin].problems);
    for (const given of sources[origin].settings) {
      settings[given.key] = given.value;
      origins[given.key] = origin;
      const problem = givenProblem(given);
      if (problem !== undefined) problems.push(problem);
    }
  }
  return problems.length > 0
    ? refused(...problems)
    : { ok: true, value: { settings: settings as Settings, origins } };
}

/** What a child process needs to read the same settings. */
export function settingsEnvironment(settings: Partial<Settings>): Record<string, string> {
  const given = SETTING_KEYS.filter((key) => settings[key] !== undefined);
  return Object.fromEntries(given.map((key) => [settingVariable(key), String(settings[key])]));
}

/** The published JSON Schema of `flotilla.yaml`. */
export function settingsJsonSchema(): object {
  const schema = Type.Partial(SettingsSchema, {
    title: "flotilla.yaml",
    description: "Settings of a Flotilla fleet; a flag or a variable overrides a line of this file",
  });
  return { $schema: "https://json-schema.org/draft/2020-12/schema", ...schema };
}

function fromFlags(flags: Readonly<Partial<Record<SettingKey, string>>>): Given {
  const settings: GivenSetting[] = [];
  for (const key of SETTING_KEYS) {
    const text = flags[key];
    if (text === undefined) continue;
    const place = settingFlag(key);
    const write = (example: unknown) => `${place} ${example}`;
    settings.push({ key, value: settingFromText(key, text), place, write });
  }
  return { settings, problems: [] };
}

function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): Given {
  const settings: GivenSetting[] = [];
  const problems: string[] = [];
  for (const [place, text] of Object.entries(environment)) {
    if (text === undefined || text === "") continue;
    const key = SETTING_KEYS.find((known) => settingVariable(known) === place);
    if (key !== undefined) {
      const write = (example: unknown) => `${place}=${example}`;
      settings.push({ key, value: settingFromText(key, text), place, write });
    } else if (place.startsWith("FLOTILLA_") && !OTHER_VARIABLES.test(place)) {
      const closest = closestWord(place, SETTING_KEYS.map(settingVariable));
      const mend = closest === undefined ? "unset it" : `did you mean ${closest}?`;
      problems.push(`${place}: unknown variable; mend: ${mend}`);
    }
  }
  return { settings, problems };
}
