import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { Settings } from "@flotilla/common/settings";
import { checkTensors } from "@flotilla/inference/check-tensors";
import type { Question, Sampling } from "@flotilla/inference/inference-request";
import { stackInstances } from "@flotilla/inference/instances";
import type { LoadedModel } from "@flotilla/inference/loaded-model";
import type { Tensors } from "@flotilla/inference/tensor";
import type { Instance__Output } from "@flotilla/proto/generated/flotilla/v1/Instance";
import type { PredictRequest__Output } from "@flotilla/proto/generated/flotilla/v1/PredictRequest";
import type { Tensors__Output } from "@flotilla/proto/generated/flotilla/v1/Tensors";
import { parseSampling } from "../parse-sampling.ts";
import { parseTensors } from "./tensor-message.ts";

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

/** A PredictRequest, or a message of a stream that has the same fields. */
export function parsePredictRequest(
  request: Pick<
    PredictRequest__Output,
    "input" | "text" | "tensors" | "instances" | "temperature" | "seed"
  >,
  context: Context,
): Outcome<PredictInput> {
  const asked = parseAsked(request, context);
  if (!asked.ok || context.model.task !== "conversation") {
    return asked.ok ? success({ ...asked.value, sampling: {} }) : asked;
  }
  const sampling = parseSampling(request);
  return sampling.ok ? success({ ...asked.value, sampling: sampling.value }) : sampling;
}

function parseAsked(
  request: Pick<PredictRequest__Output, "input" | "text" | "tensors" | "instances">,
  context: Context,
): Outcome<Asked> {
  const { text, tensors, instances } = request;
  if ((request.input === undefined) === (instances.length === 0)) {
    return failed("invalid-input", "a request has exactly one of text, tensors and instances");
  }
  if (instances.length > 0 && context.model.state.length > 0) {
    return failed("invalid-input", "a model with state takes one turn a request, not instances");
  }
  if (instances.length > 0) return parseInstances(instances, context);
  if (!tensors)
    return success({ question: textQuestion([text ?? ""]), instances: false, raw: false });
  const parsed = parseTensors(tensors, tensorOptions(context));
  if (!parsed.ok) return parsed;
  return checked(parsed.value, context, { instances: false, raw: isRaw(tensors) });
}

function parseInstances(instances: readonly Instance__Output[], context: Context): Outcome<Asked> {
  const { batch_limit: limit } = context.limits;
  if (instances.length > limit) {
    return failed("invalid-input", `a request may hold ${limit} instances at most`);
  }
  const texts = instances.flatMap(({ text }) => text ?? []);
  if (texts.length === instances.length) {
    return success({ question: textQuestion(texts), instances: true, raw: false });
  }
  const tensors: Tensors[] = [];
  for (const [at, instance] of instances.entries()) {
    if (!instance.tensors) {
      return failed("invalid-input", "instances are all texts or all tensors");
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

function textQuestion(texts: readonly string[]): Question {
  return { kind: "inputs", inputs: texts.map((text) => ({ text })) };
}

function tensorOptions({ model, limits }: Context) {
  const names = model.inputs.map(({ name }) => name);
  return { names, elementsLimit: limits.tensor_elements_limit };
}

function isRaw({ inputs }: Tensors__Output): boolean {
  return inputs.some(({ value }) => value?.raw !== undefined && value.raw !== null);
}
