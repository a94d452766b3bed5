import type { TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { type SettingKey, settingSchema } from "./settings.ts";

/** A value as it was given, before it is known to be right. */
export interface GivenSetting {
  readonly key: SettingKey;
  readonly value: unknown;
  /** Where it was given, as a problem names it. */
  readonly place: string;
  /** How one writes the setting there, for a problem's mend. */
  readonly write: (example: unknown) => string;
}

/** Numbers are written with digits only: no `0x10`, no `1e3`, no blank that counts as zero. */
export function settingFromText(key: SettingKey, text: string): unknown {
  return settingSchema(key)["type"] === "integer" && /^-?\d{1,15}$/.test(text)
    ? Number(text)
    : text;
}

/** What is wrong with it, as a sentence; undefined for nothing. */
export function givenProblem({ key, value, place, write }: GivenSetting): string | undefined {
  const schema = settingSchema(key);
  if (Value.Check(schema, value)) return undefined;
  const example = write(schema["default"] === "" ? '""' : schema["default"]);
  return `${place}: expected ${expectation(schema)}, got ${shown(value)}; mend: ${example}, for example`;
}

function expectation(schema: TSchema): string {
  const { anyOf, type, minimum, maximum, multipleOf: step, pattern } = schema;
  if (anyOf !== undefined) {
    return `one of ${(anyOf as TSchema[]).map((one) => one["const"]).join(", ")}`;
  }
  if (type === "integer") {
    const kind = step === undefined ? "a whole number" : `a multiple of ${step}`;
    const range =
      maximum === undefined ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
    return `${kind} ${range}`;
  }
  return pattern === undefined ? "a text that is not empty" : `a text that matches ${pattern}`;
}

/** JSON, which escapes what could act on a terminal; short. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
