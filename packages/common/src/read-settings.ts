import { type TSchema, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { type Checked, refused } from "./checked.ts";
import { checkedYaml, looseYaml } from "./checked-yaml.ts";
import { closestWord } from "./closest-word.ts";
import {
  SETTING_KEYS,
  type SettingKey,
  type Settings,
  SettingsSchema,
  settingFlag,
  settingSchema,
  settingVariable,
} from "./settings.ts";
import { schemaProblem } from "./value-problem.ts";

type SettingOrigin = "flag" | "variable" | "file" | "default";

export interface ReadSettings {
  readonly settings: Settings;
  readonly origins: Readonly<Record<SettingKey, SettingOrigin>>;
}

/** What can be read of settings in which something may be wrong. */
export interface LooseSettings extends ReadSettings {
  readonly problems: readonly string[];
  /** Given, but wrongly, where it would decide: here they are what another source or the default says. */
  readonly unsettled: ReadonlySet<SettingKey>;
}

/** What one source says, and what is wrong with the rest of it. */
interface Given {
  readonly values: Readonly<Partial<Record<SettingKey, unknown>>>;
  readonly wrong: readonly SettingKey[];
  readonly problems: readonly string[];
}

interface SettingSources {
  /** By the setting's key, as typed. */
  readonly flags: Readonly<Partial<Record<SettingKey, string>>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file: SettingsFile | undefined;
}

interface SettingsFile {
  readonly path: string;
  readonly text: string;
}

/** Variables that are not settings: the file's path, how a process was started, the tests' and the benches' own. */
const OTHER_VARIABLES = /^FLOTILLA_(CONFIG$|SUPERVISED$|(HTTP|GRPC)_SOCKET$|TEST_|BENCH_)/;

/**
 * Flag over variable over file over default. Everything that is wrong is named at once, also what something else
 * overrides: it would come to light at the worst time. An empty variable counts as unset, as Compose writes it.
 */
export function readSettings(sources: SettingSources): Checked<ReadSettings> {
  const { problems, settings, origins } = readLooseSettings(sources);
  return problems.length > 0 ? refused(...problems) : { ok: true, value: { settings, origins } };
}

/** For whoever has to go on with what there is. */
export function readLooseSettings(options: SettingSources): LooseSettings {
  const sources: Readonly<Record<Exclude<SettingOrigin, "default">, Given>> = {
    file: fromFile(options.file),
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
  const unsettled = new Set<SettingKey>();
  for (const origin of ["file", "variable", "flag"] as const) {
    const given = sources[origin];
    problems.push(...given.problems);
    for (const key of given.wrong) unsettled.add(key);
    for (const key of SETTING_KEYS.filter((one) => given.values[one] !== undefined)) {
      settings[key] = given.values[key];
      origins[key] = origin;
      unsettled.delete(key);
    }
  }
  return { settings: settings as Settings, origins, problems, unsettled };
}

/** What a child process needs to read the same settings. */
export function settingsEnvironment(settings: Partial<Settings>): Record<string, string> {
  const given = SETTING_KEYS.filter((key) => settings[key] !== undefined);
  return Object.fromEntries(given.map((key) => [settingVariable(key), asText(settings[key])]));
}

function asText(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** For a POSIX shell. */
function asWord(value: unknown): string {
  return typeof value === "object" ? `'${asText(value)}'` : asText(value);
}

/** None of them is required. */
const FileSchema = Type.Partial(SettingsSchema, {
  title: "flotilla.yaml",
  description: "Settings of a Flotilla fleet; a flag or a variable overrides a line of this file",
});

/** The published JSON Schema of `flotilla.yaml`. */
export function settingsJsonSchema(): object {
  return { $schema: "https://json-schema.org/draft/2020-12/schema", ...FileSchema };
}

function fromFile(file: SettingsFile | undefined): Given {
  if (file === undefined) return { values: {}, wrong: [], problems: [] };
  const read = checkedYaml({ file: file.path, text: file.text, schema: FileSchema });
  if (read.ok) return { values: read.value.value, wrong: [], problems: [] };
  const found = looseYaml(file.text);
  const given = SETTING_KEYS.filter((key) => Object.hasOwn(found, key));
  const wrong = given.filter((key) => !Value.Check(settingSchema(key), found[key]));
  const right = given.filter((key) => !wrong.includes(key));
  return {
    values: Object.fromEntries(right.map((key) => [key, found[key]])),
    wrong,
    problems: read.problems,
  };
}

function fromFlags(flags: Readonly<Partial<Record<SettingKey, string>>>): Given {
  const typed = SETTING_KEYS.flatMap((key) => {
    const text = flags[key];
    const place = settingFlag(key);
    return text === undefined ? [] : [{ key, text, place, write: `${place} ` }];
  });
  return fromTexts(typed);
}

function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): Given {
  const problems: string[] = [];
  const texts: TextSetting[] = [];
  for (const [place, text] of Object.entries(environment)) {
    if (text === undefined || text === "") continue;
    const key = SETTING_KEYS.find((known) => settingVariable(known) === place);
    if (key !== undefined) {
      texts.push({ key, text, place, write: `${place}=` });
    } else if (place.startsWith("FLOTILLA_") && !OTHER_VARIABLES.test(place)) {
      const closest = closestWord(place, SETTING_KEYS.map(settingVariable));
      const mend = closest === undefined ? "unset it" : `did you mean ${closest}?`;
      problems.push(`${place}: unknown variable; mend: ${mend}`);
    }
  }
  const given = fromTexts(texts);
  return { ...given, problems: [...problems, ...given.problems] };
}

interface TextSetting {
  readonly key: SettingKey;
  readonly text: string;
  /** Where it was given, as a problem names it. */
  readonly place: string;
  /** What stands before the value there. */
  readonly write: string;
}

function fromTexts(texts: readonly TextSetting[]): Given {
  const values: Partial<Record<SettingKey, unknown>> = {};
  const wrong: SettingKey[] = [];
  const problems: string[] = [];
  for (const { key, text, place, write } of texts) {
    const schema = settingSchema(key);
    const value = readText(schema, text);
    const error = Value.Errors(schema, value).First();
    if (error === undefined) {
      values[key] = value;
      continue;
    }
    wrong.push(key);
    const inside = error.path.split("/").slice(1);
    const problem = schemaProblem(error, {
      key: inside.at(-1) ?? "",
      write: (example) => (inside.length === 0 ? write + asWord(example) : JSON.stringify(example)),
    });
    problems.push(`${[place, ...inside].join(".")}: ${problem}`);
  }
  return { values, wrong, problems };
}

/** As the schema's type is written in a flag; what is not written so stays text, which the schema refuses. */
function readText(schema: TSchema, text: string): unknown {
  switch (schema["type"]) {
    case "integer":
      // With digits only: no `0x10`, no `1e3`, no blank that counts as zero.
      return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
    case "boolean":
      return text === "true" || (text === "false" ? false : text);
    case "object":
      try {
        return JSON.parse(text);
      } catch {
        return text;
      }
    default:
      return text;
  }
}
