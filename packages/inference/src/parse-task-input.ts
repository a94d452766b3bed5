import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { TSchema } from "@sinclair/typebox";
import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";
import { type ValueError, ValueErrorType } from "@sinclair/typebox/value";
import type { TaskInput } from "./inference-request.ts";
import type { LoadedModel } from "./loaded-model.ts";
import type { TaskContract } from "./task-contract.ts";
import { kindOf } from "./tensor-json.ts";
import { unpackSchema } from "./wire-schema.ts";

const checks = new WeakMap<TaskContract, TypeCheck<TSchema>>();

/**
 * JSON that the model's task takes, strictly: nothing is coerced. Else where it is wrong and what was expected; `at` is
 * where the value stands in the request.
 */
export function parseTaskInput(
  { takes }: Pick<LoadedModel, "takes">,
  value: unknown,
  at = "",
): Outcome<TaskInput> {
  if (takes === undefined) {
    return failed("invalid-input", "this model takes tensors: send inputs, not text");
  }
  const check = checkOf(takes);
  if (check === undefined) return wrongMediaType(takes);
  const errors = check.Check(value) ? [] : foremost(check.Errors(value));
  if (errors.length > 0) return failed("invalid-input", problemsOf(errors, at));
  return holdsNoDouble(value) ? failed("invalid-input", NO_DOUBLE) : success(value as TaskInput);
}

export function parseTaskData(
  { takes }: Pick<LoadedModel, "takes">,
  { data, mediaType }: { readonly data: Uint8Array; readonly mediaType: string },
): Outcome<TaskInput> {
  const accepted = takes?.accepts.find((type) => type === mediaType);
  return accepted === undefined ? wrongMediaType(takes) : success({ data, mediaType: accepted });
}

/** A body in no form that the task takes. */
export function wrongMediaType(takes: TaskContract | undefined): Outcome<never> {
  const json = takes?.accepts.length === 0 || takes?.input !== undefined;
  const types = [...(json ? ["application/json"] : []), ...(takes?.accepts ?? [])];
  return failed("unsupported-media-type", `this model takes ${types.join(", ")}`);
}

function checkOf(takes: TaskContract): TypeCheck<TSchema> | undefined {
  if (takes.input === undefined) return undefined;
  const known = checks.get(takes);
  if (known !== undefined) return known;
  const check = TypeCompiler.Compile(unpackSchema(takes.input));
  checks.set(takes, check);
  return check;
}

const NO_DOUBLE =
  "expected no number that a double cannot hold, as a whole one beyond 2^53; send it as a string";

/** What the edge's JSON makes of such numbers: where a schema leaves open what is there, it lets them through. */
function holdsNoDouble(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value);
  if (typeof value !== "object" || value === null) return typeof value === "bigint";
  for (const part of Array.isArray(value) ? value : Object.values(value)) {
    if (holdsNoDouble(part)) return true;
  }
  return false;
}

/** How many properties of one object are told of: a client can send any number. */
const TOLD = 5;

/** The first error; where it is a name that is missing or unknown, the others of the same object too. */
function foremost(errors: Iterable<ValueError>): readonly ValueError[] {
  const found: ValueError[] = [];
  for (const error of errors) {
    const [first] = found;
    if (first !== undefined && objectOf(error) !== objectOf(first)) break;
    // What is missing is told twice: that it is, and that nothing is not what was expected.
    if (first === undefined || isOfNames(error)) found.push(error);
    if (!isOfNames(found[0] as ValueError) || found.length === TOLD) break;
  }
  return found;
}

function isOfNames({ type }: ValueError): boolean {
  return (
    type === ValueErrorType.ObjectAdditionalProperties ||
    type === ValueErrorType.ObjectRequiredProperty
  );
}

function objectOf({ path }: ValueError): string {
  return path.slice(0, path.lastIndexOf("/"));
}

function problemsOf(errors: readonly ValueError[], at: string): string {
  const [unknown = [], others = []] = [true, false].map((is) =>
    errors.filter(({ type }) => (type === ValueErrorType.ObjectAdditionalProperties) === is),
  );
  const told = others.map((error) => problemOf(error, at));
  return [...told, ...(unknown.length > 0 ? [unknownProblem(unknown, at)] : [])].join("; ");
}

const NAME_LIMIT = 64;

function unknownProblem(errors: readonly ValueError[], at: string): string {
  const [{ path = "", schema } = {}] = errors;
  const known = Object.keys((schema?.["properties"] as object | undefined) ?? {}).join(", ");
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
  if (schema["const"] !== undefined) return JSON.stringify(schema["const"]);
  // "Expected number to be greater or equal to 0", or of what is missing only that it is.
  const said = message.replace(/^Expected /, "");
  return said === "required property" ? `${schema["type"] ?? "a value"}` : said;
}
