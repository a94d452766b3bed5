import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { type Checked, refused } from "./checked.ts";
import { closestWord } from "./closest-word.ts";
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

export type SettingOrigin = "flag" | "variable" | "file" | "default";

export interface ReadSettings {
  readonly settings: Settings;
  readonly origins: Readonly<Record<SettingKey, SettingOrigin>>;
}

/** A value as it was given, before it is known to be right. */
export interface GivenSetting {
  readonly key: SettingKey;
  readonly value: unknown;
  /** Where it was given, as a problem names it. */
  readonly place: string;
  /** How one writes that setting there, for a problem's mend. */
  readonly write: (example: unknown) => string;
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
  const sources = {
    file: options.file ? readSettingsFile(options.file) : { settings: [], problems: [] },
    variable: fromEnvironment(options.environment),
    flag: fromFlags(options.flags),
  } as const satisfies Partial<Record<SettingOrigin, Given>>;

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
      problems.push(...problemsOf(given));
    }
  }
  if (problems.length > 0) return refused(...problems);
  return { ok: true, value: { settings: Value.Decode(SettingsSchema, settings), origins } };
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
  const settings = SETTING_KEYS.flatMap((key): readonly GivenSetting[] => {
    const text = flags[key];
    if (text === undefined) return [];
    const flag = settingFlag(key);
    const write = (example: unknown) => `${flag} ${example}`;
    return [{ key, value: fromText(key, text), place: flag, write }];
  });
  return { settings, problems: [] };
}

function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): Given {
  const keyOf = new Map(SETTING_KEYS.map((key) => [settingVariable(key), key]));
  const settings: GivenSetting[] = [];
  const problems: string[] = [];
  for (const [name, text] of Object.entries(environment)) {
    const key = keyOf.get(name);
    if (key !== undefined && text !== undefined && text !== "") {
      const write = (example: unknown) => `${name}=${example}`;
      settings.push({ key, value: fromText(key, text), place: name, write });
    }
    if (key === undefined && name.startsWith("FLOTILLA_") && !OTHER_VARIABLES.test(name)) {
      const closest = closestWord(name, [...keyOf.keys()]);
      const mend = closest === undefined ? "unset it" : `did you mean ${closest}?`;
      problems.push(`${name}: unknown variable; mend: ${mend}`);
    }
  }
  return { settings, problems };
}

/** Numbers are written with digits only: no `0x10`, no `1e3`, no blank that counts as zero. */
function fromText(key: SettingKey, text: string): unknown {
  return settingSchema(key)["type"] === "integer" && /^-?\d{1,15}$/.test(text)
    ? Number(text)
    : text;
}

function problemsOf({ key, value, place, write }: GivenSetting): readonly string[] {
  const schema = settingSchema(key);
  if (Value.Check(schema, value)) return [];
  const example = write(schema["default"] === "" ? '""' : schema["default"]);
  return [
    `${place}: expected ${expectation(schema)}, got ${shown(value)}; mend: ${example}, for example`,
  ];
}

function expectation(schema: TSchema): string {
  if (schema["anyOf"] !== undefined) {
    return `one of ${(schema["anyOf"] as TSchema[]).map((one) => one["const"]).join(", ")}`;
  }
  if (schema["type"] === "integer") {
    const step = schema["multipleOf"];
    const kind = step === undefined ? "a whole number" : `a multiple of ${step}`;
    const { minimum, maximum } = schema as Static<typeof Range>;
    return maximum === undefined
      ? `${kind} of at least ${minimum}`
      : `${kind} from ${minimum} to ${maximum}`;
  }
  return schema["pattern"] === undefined
    ? "a text that is not empty"
    : `a text that matches ${schema["pattern"]}`;
}

const Range = Type.Object({ minimum: Type.Number(), maximum: Type.Optional(Type.Number()) });

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
