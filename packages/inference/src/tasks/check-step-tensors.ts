import { ARRAYS } from "@flotilla/handler";
import { checkTensors } from "../check-tensors.ts";
import { isDatatype } from "../datatype.ts";
import type { LoadedModel } from "../loaded-model.ts";
import type { Tensors } from "../tensor.ts";
import { WrongResult } from "./run-step.ts";

/** How many rows a user's tensors have is the handler's own affair; ONNX Runtime holds them, or does not. */
const NO_LIMITS = {
  batchLimit: Number.POSITIVE_INFINITY,
  tensorElementsLimit: Number.POSITIVE_INFINITY,
};

/** What a step made, if it is what the model takes; throws what tells which tensor, what was expected and what came. */
export function checkStepTensors(
  model: Pick<LoadedModel, "inputs" | "batch">,
  made: unknown,
  rows?: number,
): Tensors {
  if (typeof made !== "object" || made === null) {
    throw new WrongResult(`expected tensors by name, got ${made === null ? "null" : typeof made}`);
  }
  for (const [name, tensor] of Object.entries(made)) {
    const problem = formProblem(tensor);
    if (problem !== undefined) throw new WrongResult(`inputs.${name}: ${problem}`);
  }
  const tensors = made as Tensors;
  const checked = checkTensors({ model, tensors, limits: NO_LIMITS });
  if (!checked.ok) throw new WrongResult(checked.failure.detail);
  if (rows !== undefined && model.batch === "dynamic" && checked.value.rows !== rows) {
    const [name] = Object.keys(tensors);
    throw new WrongResult(`inputs.${name}: expected ${rows} row, got ${checked.value.rows}`);
  }
  return tensors;
}

function formProblem(tensor: Partial<Tensors[string]> | null | undefined): string | undefined {
  const { datatype = "", shape, data } = tensor ?? {};
  if (!isDatatype(datatype) || !Array.isArray(shape)) {
    return "expected a tensor { datatype, shape, data }, as makeTensor makes it";
  }
  const array = ARRAYS[datatype] ?? Array;
  return data instanceof array
    ? undefined
    : `expected ${array.name} for ${datatype}, got ${data?.constructor.name ?? "nothing"}`;
}
