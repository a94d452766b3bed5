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
  if (check.Check(value) && !holdsBigInt(value)) return success(value as TaskInput);
  const error = check.Errors(value).First();
  return failed("invalid-input", error === undefined ? BIG : problemOf(error, at));
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

const BIG = "expected no whole number beyond 2^53, which a double cannot hold; send it as a string";

/** What the edge's JSON makes of such numbers: where a schema leaves open what is there, it lets them through. */
function holdsBigInt(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return typeof value === "bigint";
  for (const part of Array.isArray(value) ? value : Object.values(value)) {
    if (typeof part !== "number" && holdsBigInt(part)) return true;
  }
  return false;
}

/** Never with the value itself, nor with a name that only the client knows. */
function problemOf({ type, path, schema, message, value }: ValueError, at: string): string {
  const keys = path.split("/").slice(1);
  if (type === ValueErrorType.ObjectAdditionalProperties) {
    const known = Object.keys((schema["properties"] as object | undefined) ?? {}).join(", ");
    return `${placeOf(keys.slice(0, -1), at)}: expected no properties but ${known}, got another`;
  }
  return `${placeOf(keys, at)}: expected ${expectation(schema, message)}, got ${kindOf(value)}`;
}

function placeOf(keys: readonly string[], at: string): string {
  const path = keys
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((key) => (/^\d+$/.test(key) ? `[${key}]` : `.${key}`))
    .join("");
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
