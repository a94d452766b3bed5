import type { TSchema } from "@sinclair/typebox";
import { type ValueError, ValueErrorType } from "@sinclair/typebox/value";
import { closestWord } from "./closest-word.ts";

/** What is wrong with a value that its schema refuses; the mend is the schema's own example, or its default. */
function valueProblem(options: {
  readonly schema: TSchema;
  readonly value: unknown;
  /** How one writes a value where this one was given. */
  readonly write: (example: unknown) => string;
}): string {
  const { schema, value, write } = options;
  const [example] = (schema["examples"] as readonly unknown[] | undefined) ?? [schema["default"]];
  const mend = example === undefined ? "" : `; mend: ${write(example)}, for example`;
  return `expected ${expectation(schema)}, got ${shown(value)}${mend}`;
}

/** The same of an error somewhere inside a value, where a key may also be one too many. */
export function schemaProblem(
  { type, schema, value }: ValueError,
  { key, write }: { readonly key: string; readonly write: (example: unknown) => string },
): string {
  if (type !== ValueErrorType.ObjectAdditionalProperties) {
    return valueProblem({ schema, value, write });
  }
  const [pattern] = Object.keys(schema["patternProperties"] ?? {});
  return pattern === undefined
    ? `unknown key; mend: ${unknownWordMend(key, Object.keys(schema["properties"] ?? {}))}`
    : `expected a key that matches ${pattern}`;
}

function unknownWordMend(word: string, known: readonly string[]): string {
  const closest = closestWord(word, known);
  return closest === undefined ? `use one of ${known.join(", ")}` : `did you mean ${closest}?`;
}

function expectation(schema: TSchema): string {
  if (schema["anyOf"] !== undefined) {
    return `one of ${(schema["anyOf"] as TSchema[]).map((one) => one["const"]).join(", ")}`;
  }
  switch (schema["type"]) {
    case "integer":
      return wholeNumber(schema);
    case "boolean":
      return "true or false";
    case "string":
      return text(schema);
    case "array":
      return schema["uniqueItems"] === true
        ? "a list of texts, all different"
        : `a list of at least ${schema["minItems"] ?? 0}`;
    case "number":
      return number(schema);
    default:
      return schema["maxProperties"] === 1
        ? `one of the keys ${Object.keys(schema["properties"] ?? {}).join(", ")}`
        : "keys and values";
  }
}

function wholeNumber({ minimum, maximum, multipleOf: step }: TSchema): string {
  const kind = step === undefined ? "a whole number" : `a multiple of ${step}`;
  return `${kind} from ${minimum} to ${maximum}`;
}

function number({ minimum, maximum }: TSchema): string {
  return minimum === undefined ? "a number" : `a number from ${minimum} to ${maximum}`;
}

function text({ pattern, minLength }: TSchema): string {
  if (pattern !== undefined) return `a text that matches ${pattern}`;
  return minLength === undefined ? "a text" : "a text that is not empty";
}

/** JSON, which escapes what could act on a terminal; short. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return `${Object.keys(value).length} keys`;
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 80 ? `${json.slice(0, 80)}…` : json;
}
