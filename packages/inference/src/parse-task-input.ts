import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { TSchema } from "@sinclair/typebox";
import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";
import type { TaskInput } from "./inference-request.ts";
import { inputProblem } from "./input-problem.ts";
import type { LoadedModel } from "./loaded-model.ts";
import type { TaskContract } from "./task-contract.ts";
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
  if (!check.Check(value)) return failed("invalid-input", inputProblem(check.Errors(value), at));
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
