import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { Settings } from "@flotilla/common/settings";
import { checkTensors } from "@flotilla/inference/check-tensors";
import type { Question, Sampling, TaskInput } from "@flotilla/inference/inference-request";
import { stackInstances } from "@flotilla/inference/instances";
import type { LoadedModel } from "@flotilla/inference/loaded-model";
import { parseTaskData, parseTaskInput } from "@flotilla/inference/parse-task-input";
import type { Tensors } from "@flotilla/inference/tensor";
import type { Instance__Output } from "@flotilla/proto/generated/flotilla/v1/Instance";
import type { PredictRequest__Output } from "@flotilla/proto/generated/flotilla/v1/PredictRequest";
import { parseSampling } from "../parse-sampling.ts";
import { parseStruct } from "./json-message.ts";
import { parseTensors, type TensorsMessage } from "./tensor-message.ts";

interface Context {
  readonly model: LoadedModel;
  readonly limits: Pick<Settings, "batch_limit" | "tensor_elements_limit">;
}

export interface PredictInput {
  readonly question: Question;
  /** Empty for a model that makes no replies. */
  readonly sampling: Sampling;
  /** Asked with `instances`: the answer has `results`, one for each. */
  readonly instances: boolean;
  /** Asked with `raw`: so are the outputs. */
  readonly raw: boolean;
}

type Asked = Omit<PredictInput, "sampling">;

/** Of a PredictRequest, or of a message of a stream that has the same fields. */
export type AskedMessage = Pick<PredictRequest__Output, "input" | "instances"> &
  Partial<Pick<PredictRequest__Output, "text" | "json" | "data" | "temperature" | "seed">> & {
    readonly tensors?: TensorsMessage | null;
  };

export function parsePredictRequest(
  request: AskedMessage,
  context: Context,
): Outcome<PredictInput> {
  const asked = parseAsked(request, context);
  if (!asked.ok || context.model.task !== "conversation") {
    return asked.ok ? success({ ...asked.value, sampling: {} }) : asked;
  }
  const sampling = parseSampling(request);
  return sampling.ok ? success({ ...asked.value, sampling: sampling.value }) : sampling;
}

function parseAsked(request: AskedMessage, context: Context): Outcome<Asked> {
  const { tensors, instances } = request;
  if ((request.input === undefined) === (instances.length === 0)) {
    const all = "text, tensors, json, data and instances";
    return failed("invalid-input", `a request has exactly one of ${all}`);
  }
  if (instances.length > 0 && context.model.state.length > 0) {
    return failed("invalid-input", "a model with state takes one turn a request, not instances");
  }
  if (instances.length > 0) return parseInstances(instances, context);
  if (!tensors) {
    const input = parseInput(context, request, "");
    return input.ok ? success(inputsQuestion([input.value], { instances: false })) : input;
  }
  const parsed = parseTensors(tensors, tensorOptions(context));
  if (!parsed.ok) return parsed;
  return checked(parsed.value, context, { instances: false, raw: isRaw(tensors) });
}

function parseInstances(instances: readonly Instance__Output[], context: Context): Outcome<Asked> {
  const { batch_limit: limit } = context.limits;
  if (instances.length > limit) {
    return failed("invalid-input", `a request may hold ${limit} instances at most`);
  }
  if (!instances.some(({ tensors }) => tensors)) {
    const inputs: TaskInput[] = [];
    for (const [at, instance] of instances.entries()) {
      const input = parseInput(context, instance, `instances[${at}]`);
      if (!input.ok) return input;
      inputs.push(input.value);
    }
    return success(inputsQuestion(inputs, { instances: true }));
  }
  const tensors: Tensors[] = [];
  for (const [at, instance] of instances.entries()) {
    if (!instance.tensors) {
      return failed("invalid-input", "instances are all tensors, or none of them is");
    }
    const parsed = parseTensors(instance.tensors, tensorOptions(context));
    if (!parsed.ok) {
      return failed(parsed.failure.kind, `instances[${at}].${parsed.failure.detail}`);
    }
    tensors.push(parsed.value);
  }
  const stacked = stackInstances(context.model, tensors);
  if (!stacked.ok) return stacked;
  const raw = instances.some((instance) => instance.tensors && isRaw(instance.tensors));
  return checked(stacked.value, context, { instances: true, raw });
}

function checked(
  tensors: Tensors,
  { model, limits }: Context,
  asked: Pick<Asked, "instances" | "raw">,
): Outcome<Asked> {
  const { batch_limit: batchLimit, tensor_elements_limit: tensorElementsLimit } = limits;
  const outcome = checkTensors({ model, tensors, limits: { batchLimit, tensorElementsLimit } });
  return outcome.ok
    ? success({ question: { kind: "tensors", ...outcome.value }, ...asked })
    : outcome;
}

/** What is no tensors: JSON, a text, which is short for it, or bytes. */
function parseInput(
  { model }: Context,
  {
    input,
    text,
    json,
    data,
  }: Omit<AskedMessage, "input" | "instances" | "tensors"> & { readonly input?: string },
  at: string,
): Outcome<TaskInput> {
  if (input === undefined) return failed("invalid-input", `${at}: expected an input, got none`);
  if (data) return parseTaskData(model, { data: data.data, mediaType: data.media_type });
  const value = json ? parseStruct(json) : success({ text: text ?? "" });
  return value.ok ? parseTaskInput(model, value.value, at) : value;
}

function inputsQuestion(
  inputs: readonly TaskInput[],
  { instances }: Pick<Asked, "instances">,
): Asked {
  return { question: { kind: "inputs", inputs }, instances, raw: false };
}

function tensorOptions({ model, limits }: Context) {
  const names = model.inputs.map(({ name }) => name);
  return { names, elementsLimit: limits.tensor_elements_limit };
}

function isRaw({ inputs }: TensorsMessage): boolean {
  return inputs.some(({ value }) => value?.raw !== undefined && value.raw !== null);
}
