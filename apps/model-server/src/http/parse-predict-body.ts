import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { Settings } from "@flotilla/common/settings";
import { checkTensors } from "@flotilla/inference/check-tensors";
import type { Question, Sampling, TaskInput } from "@flotilla/inference/inference-request";
import type { LoadedModel } from "@flotilla/inference/loaded-model";
import { parseTaskInput } from "@flotilla/inference/parse-task-input";
import type { Tensor, Tensors } from "@flotilla/inference/tensor";
import { parseTensor } from "@flotilla/inference/tensor-json";
import { parseSampling } from "../parse-sampling.ts";

type PredictLimits = Pick<Settings, "batch_limit" | "tensor_elements_limit">;

export interface PredictBody {
  readonly question: Question;
  /** Asked with `instances`: the answer has `predictions`, one for each. */
  readonly instances: boolean;
  /** Empty for a model that makes no replies. */
  readonly sampling: Sampling;
}

type Asked = Omit<PredictBody, "sampling">;

type JsonObject = Readonly<Record<string, unknown>>;

/** What the model's task takes, its tensors as `{"inputs"}`, or several as `{"instances"}`: nothing is coerced. */
export function parsePredictBody(options: {
  readonly body: unknown;
  readonly model: LoadedModel;
  readonly limits: PredictLimits;
}): Outcome<PredictBody> {
  const { body, model, limits } = options;
  if (!isObject(body)) return model.task === "handler" ? notAnObject(model, body) : wrongBody();
  if (model.task !== "conversation") return withSampling(parseAsked({ body, model, limits }), {});
  const { seed, temperature, ...rest } = body;
  const sampling = parseSampling({ seed, temperature });
  return sampling.ok
    ? withSampling(parseAsked({ body: rest, model, limits }), sampling.value)
    : sampling;
}

function withSampling(asked: Outcome<Asked>, sampling: Sampling): Outcome<PredictBody> {
  return asked.ok ? success({ ...asked.value, sampling }) : asked;
}

function parseAsked(options: {
  readonly body: JsonObject;
  readonly model: LoadedModel;
  readonly limits: PredictLimits;
}): Outcome<Asked> {
  const { body, model, limits } = options;
  const { inputs, instances } = body;
  // A handler's own input may have `inputs`, and none has `instances`.
  if (model.task !== "handler" && hasOnly(body, "inputs") && isObject(inputs)) {
    const tensors = parseTensors({ model, limits, values: inputs, path: "inputs" });
    return tensors.ok
      ? checked({ model, limits, tensors: tensors.value, instances: false })
      : tensors;
  }
  if (!hasOnly(body, "instances") || !Array.isArray(instances)) {
    return model.task === "handler" && instances !== undefined
      ? failed("invalid-input", "instances: expected an array of inputs, and nothing beside it")
      : parseOne(model, body);
  }
  if (model.state.length > 0) {
    return failed("invalid-input", "a model with state takes one turn a request, not instances");
  }
  return parseInstances({ instances, model, limits });
}

function parseOne(model: LoadedModel, body: JsonObject): Outcome<Asked> {
  if (model.takes === undefined && typeof body["text"] !== "string") return wrongBody();
  const input = parseTaskInput(model, body);
  if (!input.ok) return input;
  return success({ question: { kind: "inputs", inputs: [input.value] }, instances: false });
}

function parseInstances(options: {
  readonly instances: readonly unknown[];
  readonly model: LoadedModel;
  readonly limits: PredictLimits;
}): Outcome<Asked> {
  const { instances, model, limits } = options;
  if (instances.length > limits.batch_limit) {
    return failed("invalid-input", `a request may hold ${limits.batch_limit} instances at most`);
  }
  const takesInputs = !instances.some((instance) => hasOnly(instance, "inputs"));
  if (model.takes !== undefined && (takesInputs || model.task === "handler")) {
    return parseInputs(model, instances);
  }
  if (model.batch === "none") {
    return failed("invalid-input", "this model has no batch dimension: send inputs, not instances");
  }
  const values: Record<string, unknown[]> = Object.fromEntries(
    model.inputs.map(({ name }) => [name, []]),
  );
  for (const [position, instance] of instances.entries()) {
    const own = hasOnly(instance, "inputs") ? instance["inputs"] : undefined;
    if (!isObject(own)) {
      return failed("invalid-input", `instances[${position}] must be {"inputs": {…}}`);
    }
    const wrong = wrongNames(model, own, `instances[${position}].inputs`);
    if (wrong !== undefined) return wrong;
    for (const { name } of model.inputs) values[name]?.push(own[name]);
  }
  const tensors = parseTensors({ model, limits, values, path: "instances" });
  return tensors.ok ? checked({ model, limits, tensors: tensors.value, instances: true }) : tensors;
}

function parseInputs(model: LoadedModel, instances: readonly unknown[]): Outcome<Asked> {
  const inputs: TaskInput[] = [];
  for (const [at, instance] of instances.entries()) {
    const input = parseTaskInput(model, instance, `instances[${at}]`);
    if (!input.ok) return input;
    inputs.push(input.value);
  }
  return success({ question: { kind: "inputs", inputs }, instances: true });
}

function checked(options: {
  readonly model: LoadedModel;
  readonly limits: PredictLimits;
  readonly tensors: Tensors;
  readonly instances: boolean;
}): Outcome<Asked> {
  const { model, limits, instances } = options;
  const { batch_limit: batchLimit, tensor_elements_limit: tensorElementsLimit } = limits;
  const tensors = checkTensors({
    model,
    tensors: options.tensors,
    limits: { batchLimit, tensorElementsLimit },
  });
  return tensors.ok
    ? success({ question: { kind: "tensors", ...tensors.value }, instances })
    : tensors;
}

function parseTensors(options: {
  readonly model: LoadedModel;
  readonly limits: PredictLimits;
  readonly values: JsonObject;
  readonly path: string;
}): Outcome<Tensors> {
  const { model, limits, values, path } = options;
  const wrong = wrongNames(model, values, path);
  if (wrong !== undefined) return wrong;
  const { tensor_elements_limit: elementsLimit } = limits;
  const tensors: Record<string, Tensor> = {};
  for (const spec of model.inputs) {
    const tensor = parseTensor({ spec, value: values[spec.name], elementsLimit });
    if (!tensor.ok) return tensor;
    tensors[spec.name] = tensor.value;
  }
  return success(tensors);
}

/** The names in the request are not repeated: the model's own are the mend. */
function wrongNames(model: LoadedModel, values: JsonObject, path: string) {
  const known = model.inputs.every(({ name }) => Object.hasOwn(values, name));
  if (known && Object.keys(values).length === model.inputs.length) return undefined;
  const names = model.inputs.map(({ name }) => name);
  const missing = names.filter((name) => !Object.hasOwn(values, name));
  const what = missing.length > 0 ? `lacks ${missing.join(", ")}` : "has an unknown input";
  return failed("invalid-input", `${path} ${what}; this model's inputs are: ${names.join(", ")}`);
}

/** As the schema says it, which is one of objects. */
function notAnObject(model: LoadedModel, body: unknown): Outcome<never> {
  const input = parseTaskInput(model, body);
  return input.ok ? wrongBody() : input;
}

function wrongBody(): Outcome<never> {
  return failed(
    "invalid-input",
    'the body must be {"text": "…"}, {"inputs": {"name": […]}} or {"instances": [{…}]}, and nothing else',
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasOnly(value: unknown, key: string): value is JsonObject {
  return isObject(value) && Object.hasOwn(value, key) && Object.keys(value).length === 1;
}
