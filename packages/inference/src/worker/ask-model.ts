import type { Failure } from "@flotilla/common/failure";
import { RejectedInput } from "@flotilla/handler";
import type { Prediction } from "../inference-request.ts";
import { isData } from "../is-data.ts";
import { parseTaskData, parseTaskInput } from "../parse-task-input.ts";
import { checkStepTensors } from "../tasks/check-step-tensors.ts";
import type { SessionModel } from "./load-model.ts";

/**
 * What a handler gets of another model, in this thread and without a queue: tensors for tensors, else what a client
 * would be answered. Throws what a client would be refused with.
 */
export async function askModel(
  { model, task, run }: SessionModel,
  input: unknown,
): Promise<unknown> {
  if (task === undefined) return await run(checkStepTensors(model, input));
  const parsed = isData(input) ? parseTaskData(model, input) : parseTaskInput(model, input);
  if (!parsed.ok) throw new Error(`${model.name} was asked wrongly: ${parsed.failure.detail}`);
  const [answer] = await task.answer([{ input: parsed.value }], { run, tell() {} });
  if (answer?.ok) return answerIn(answer.value.prediction);
  throw answer === undefined ? new Error(`${model.name} gave no answer`) : errorOf(answer.failure);
}

export function answerIn(prediction: Prediction): unknown {
  if (prediction.kind === "json") return JSON.parse(prediction.json);
  const { kind: _, ...value } = prediction;
  return value;
}

export function errorOf({ kind, detail, report }: Failure): Error {
  if (kind === "rejected-input") return new RejectedInput(detail);
  if (kind === "invalid-input") return new RejectedInput(detail, { status: 400 });
  return new Error(report === undefined ? detail : `${detail}\n${report}`);
}
