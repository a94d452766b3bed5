import type { TSchema } from "@sinclair/typebox";
import { type ValueError, ValueErrorType } from "@sinclair/typebox/value";
import { kindOf } from "./tensor-json.ts";

/** What is wrong first and foremost with what a schema refused, and where; `at` is where the value stands. */
export function inputProblem(all: Iterable<ValueError>, at: string): string {
  const errors = foremost(all);
  const [unknown = [], others = []] = [true, false].map((is) =>
    errors.filter((error) => isUnknown(error) === is),
  );
  const told = others.map((error) => problemOf(error, at));
  return [...told, ...(unknown.length > 0 ? [unknownProblem(unknown, at)] : [])].join("; ");
}

/** How many unions within unions are looked into: their forms multiply. */
const UNIONS = 3;

/** How many properties of one object are told of: a client can send any number. */
const TOLD = 5;

/** The first error; where it is a name that is missing or unknown, the others of the same object too. */
function foremost(errors: Iterable<ValueError>, unions = UNIONS): readonly ValueError[] {
  const found: ValueError[] = [];
  for (const error of errors) {
    const [first] = found;
    if (first !== undefined && objectOf(error) !== objectOf(first)) break;
    // What is missing is told twice: that it is, and that nothing is not what was expected.
    if (first === undefined || isOfNames(error)) found.push(error);
    if (!isOfNames(found[0] as ValueError) || found.length === TOLD) break;
  }
  return nearest(found[0], unions) ?? found;
}

/** Of a union of forms, what is wrong with the one that came nearest: it has the right names, and goes the furthest. */
function nearest(union: ValueError | undefined, unions: number): readonly ValueError[] | undefined {
  if (unions === 0) return undefined;
  const forms = (union?.errors ?? []).map((errors) => foremost(errors, unions - 1));
  const nearness = ([first]: readonly ValueError[]) =>
    first === undefined ? 0 : first.path.split("/").length + (isOfNames(first) ? 0 : 0.5);
  return forms
    .filter(([first]) => first?.path !== union?.path)
    .toSorted((one, other) => nearness(other) - nearness(one))[0];
}

function isOfNames(error: ValueError): boolean {
  return isUnknown(error) || error.type === ValueErrorType.ObjectRequiredProperty;
}

function objectOf({ path }: ValueError): string {
  return path.slice(0, path.lastIndexOf("/"));
}

const NAME_LIMIT = 64;

function isUnknown({ type }: ValueError): boolean {
  return (
    type === ValueErrorType.ObjectAdditionalProperties ||
    type === ValueErrorType.IntersectUnevaluatedProperties
  );
}

function unknownProblem(errors: readonly ValueError[], at: string): string {
  const [{ path = "", schema } = {}] = errors;
  const parts = (schema?.["allOf"] as readonly (TSchema | undefined)[] | undefined) ?? [schema];
  const known = parts.flatMap((part) => Object.keys(part?.["properties"] ?? {})).join(", ");
  const names = errors.map((error) => keysOf(error.path).at(-1) ?? "");
  const got = names.map((name) => JSON.stringify(name.slice(0, NAME_LIMIT))).join(", ");
  return `${placeOf(keysOf(path).slice(0, -1), at)}: expected no properties but ${known || "none"}, got ${got}`;
}

/** Never with the value itself. */
function problemOf({ path, schema, message, value }: ValueError, at: string): string {
  return `${placeOf(keysOf(path), at)}: expected ${expectation(schema, message)}, got ${gotOf(value, schema)}`;
}

function gotOf(value: unknown, { type }: TSchema): string {
  if (typeof value !== "number" && typeof value !== "bigint") return kindOf(value);
  if (typeof value === "bigint" || !Number.isFinite(value)) return "one that a double cannot hold";
  return type === "number" || type === "integer" ? kindOf(value) : "a number";
}

function keysOf(path: string): readonly string[] {
  const keys = path.split("/").slice(1);
  return keys.map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function placeOf(keys: readonly string[], at: string): string {
  const path = keys.map((key) => (/^\d+$/.test(key) ? `[${key}]` : `.${key}`)).join("");
  return (at === "" ? path.replace(/^\./, "") : `${at}${path}`) || "the input";
}

function expectation(schema: TSchema, message: string): string {
  const literals = (schema["anyOf"] as readonly TSchema[] | undefined)?.map((one) => one["const"]);
  if (literals?.every((one) => one !== undefined)) {
    return `one of ${literals.map((one) => JSON.stringify(one)).join(", ")}`;
  }
  const types = (schema["anyOf"] as readonly TSchema[] | undefined)?.map((one) => one["type"]);
  if (types?.every((one) => one !== undefined)) return [...new Set(types)].join(" or ");
  if (schema["const"] !== undefined) return JSON.stringify(schema["const"]);
  // "Expected number to be greater or equal to 0", or of what is missing only that it is.
  const said = message.replace(/^Expected /, "");
  return said === "required property" ? `${schema["type"] ?? "a value"}` : said;
}
