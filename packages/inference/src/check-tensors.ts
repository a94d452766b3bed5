import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { LoadedModel } from "./loaded-model.ts";
import { elementCount, type Tensor, type TensorSpec, type Tensors } from "./tensor.ts";

type Signature = Pick<LoadedModel, "inputs" | "batch">;

interface TensorLimits {
  readonly batchLimit: number;
  readonly tensorElementsLimit: number;
}

/** ONNX Runtime ignores unknown names and extra inputs, so whatever a request can get wrong is found here, before it. */
export function checkTensors(options: {
  readonly model: Signature;
  readonly tensors: Tensors;
  readonly limits: TensorLimits;
}): Outcome<{ readonly tensors: Tensors; readonly rows: number }> {
  const { model, tensors, limits } = options;
  const problem = namesProblem(model, tensors) ?? sizesProblem(model, tensors, limits);
  if (problem !== undefined) return failed("invalid-input", problem);
  const rows = rowsOf(model, tensors);
  if (rows > limits.batchLimit) {
    return failed("invalid-input", `expected a batch of at most ${limits.batchLimit}, got ${rows}`);
  }
  return success({ tensors, rows });
}

function namesProblem({ inputs }: Signature, tensors: Tensors): string | undefined {
  // The extra names are the client's text, which no answer repeats.
  const extra = Object.keys(tensors).length - inputs.length;
  if (extra === 0 && inputs.every(({ name }) => Object.hasOwn(tensors, name))) return undefined;
  const pathsOf = (specs: typeof inputs) => specs.map(({ name }) => `inputs.${name}`).join(", ");
  const missing = inputs.filter(({ name }) => !Object.hasOwn(tensors, name));
  return missing.length > 0
    ? `missing: ${pathsOf(missing)}`
    : `expected no inputs but ${pathsOf(inputs)}, got ${extra} more`;
}

function sizesProblem(
  model: Signature,
  tensors: Tensors,
  limits: TensorLimits,
): string | undefined {
  const seen: SeenSizes = new Map();
  for (const spec of model.inputs) {
    const tensor = tensors[spec.name] as Tensor;
    const problem =
      tensorProblem(spec, tensor, model.batch === "dynamic") ??
      lengthProblem(tensor, limits.tensorElementsLimit) ??
      disagreement(model, spec, { tensor, seen }) ??
      stringProblem(tensor);
    if (problem !== undefined) return `inputs.${spec.name}: ${problem}`;
  }
  return undefined;
}

function tensorProblem(
  spec: TensorSpec,
  tensor: Tensor,
  dynamicBatch: boolean,
): string | undefined {
  const { datatype, shape } = tensor;
  if (datatype !== spec.datatype) return `expected datatype ${spec.datatype}, got ${datatype}`;
  if (shape.length !== spec.shape.length) {
    const expected = `${spec.shape.length} dimensions [${spec.shape.join(", ")}]`;
    return `expected ${expected}, got ${shape.length}`;
  }
  for (let at = 0; at < shape.length; at++) {
    const least = dynamicBatch && at === 0 ? 0 : 1;
    const problem = sizeProblem(spec.shape[at] ?? 0, shape[at] ?? 0, least);
    if (problem !== undefined) return `expected dimension ${at} to be ${problem}`;
  }
  return undefined;
}

function sizeProblem(expected: number, size: number, least: number): string | undefined {
  if (expected >= 0) return size === expected ? undefined : `${expected}, got ${size}`;
  const good = Number.isSafeInteger(size) && size >= least;
  return good ? undefined : `a whole number from ${least}, got ${size}`;
}

function lengthProblem({ shape, data }: Tensor, limit: number): string | undefined {
  // A batch of 0 must not hide dimensions that no tensor could have. A product that overflows is over the limit, too.
  if (shape.reduce((product, size) => product * Math.max(size, 1), 1) > limit) {
    return `expected at most ${limit} elements, got a shape of more`;
  }
  const expected = elementCount(shape);
  return data.length === expected
    ? undefined
    : `expected ${expected} elements, as the shape says, got ${data.length}`;
}

/** onnxruntime-node hands strings over up to their first NUL, and says nothing. */
function stringProblem({ datatype, data }: Tensor): string | undefined {
  if (datatype !== "BYTES") return undefined;
  const at = (data as string[]).findIndex((text) => text.includes("\0"));
  return at < 0 ? undefined : `expected strings without NUL, got one in element ${at}`;
}

/** Sizes that inputs must share, by symbol; the batch is under a name that no symbol has. */
type SeenSizes = Map<string | undefined, { readonly size: number; readonly input: string }>;

function disagreement(
  { batch }: Signature,
  { name, symbols }: TensorSpec,
  { tensor, seen }: { readonly tensor: Tensor; readonly seen: SeenSizes },
): string | undefined {
  for (let at = 0; at < tensor.shape.length; at++) {
    const size = tensor.shape[at] ?? 0;
    const isBatch = batch === "dynamic" && at === 0;
    const symbol = isBatch ? undefined : symbols[at];
    if (!isBatch && symbol === undefined) continue;
    const first = seen.get(symbol);
    if (first !== undefined && first.size !== size) {
      return `expected dimension ${at} to be ${first.size}, as in inputs.${first.input}, got ${size}`;
    }
    if (first === undefined) seen.set(symbol, { size, input: name });
  }
  return undefined;
}

function rowsOf({ batch, inputs }: Signature, tensors: Tensors): number {
  if (batch !== "dynamic") return batch === "none" ? 1 : batch;
  const first = inputs[0];
  return (first && tensors[first.name]?.shape[0]) ?? 1;
}
