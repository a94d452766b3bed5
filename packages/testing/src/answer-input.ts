import type { Tensors } from "@flotilla/handler";
import { isData } from "@flotilla/inference/is-data";
import { parseTaskData, parseTaskInput } from "@flotilla/inference/parse-task-input";
import { checkStepTensors } from "@flotilla/inference/tasks/check-step-tensors";
import { answerIn, errorOf } from "@flotilla/inference/worker/ask-model";
import type { SessionModel } from "@flotilla/inference/worker/load-model";

interface Answer {
  readonly prediction: unknown;
  readonly state?: Tensors | undefined;
}

/** One input, checked as at the edge, through the model's task; `run` instead of the model's own. */
export async function answerInput(
  { model, task, run }: SessionModel,
  asked: {
    readonly input: unknown;
    readonly state?: Tensors | undefined;
    readonly run?: SessionModel["run"];
  },
): Promise<Answer> {
  const { input, state } = asked;
  if (task === undefined) return { prediction: await run(checkStepTensors(model, input)) };
  const parsed = isData(input) ? parseTaskData(model, input) : parseTaskInput(model, input);
  if (!parsed.ok) throw errorOf(parsed.failure);
  const tools = { run: asked.run ?? run, tell() {} };
  const [answer] = await task.answer([{ input: parsed.value, state }], tools);
  if (answer === undefined) throw new Error(`${model.name} gave no answer`);
  if (!answer.ok) throw errorOf(answer.failure);
  return { prediction: answerIn(answer.value.prediction), state: answer.value.state };
}
