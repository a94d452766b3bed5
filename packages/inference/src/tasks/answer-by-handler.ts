import { concatRows } from "../instances.ts";
import { takeState } from "../state.ts";
import { finishOutputs } from "./finish-outputs.ts";
import { type HandlerTask, stateOf } from "./handler-task.ts";
import { prepareInputs } from "./prepare-inputs.ts";
import { runStep, settleAll } from "./run-step.ts";
import type { Asked, Task, TaskAnswer } from "./task.ts";

/**
 * How a handler's steps answer a batch, whoever wrote them. What one input makes a step throw is that input's answer
 * and no other's.
 */
export function answerByHandler(task: HandlerTask): Task["answer"] {
  if (task.handler.predict !== undefined) return async (asked) => await predictEach(task, asked);
  return async (asked, { run }) => {
    const { groups, answers } = await prepareInputs(task, asked);
    for (const group of groups) {
      const states = concatRows(group.asked.map((one) => stateOf(task, one)));
      const outputs = await run({ ...group.tensors, ...states });
      const made = await finishOutputs(task, group, takeState(task.model.state, outputs));
      for (const [at, position] of group.positions.entries()) {
        answers[position] = made[at] as TaskAnswer;
      }
    }
    return answers;
  };
}

/** Without a model of its own. */
async function predictEach(
  { handler, model, context, toPrediction }: HandlerTask,
  asked: readonly Asked[],
): Promise<readonly TaskAnswer[]> {
  const step = { model: model.name, name: "predict" };
  return await settleAll(
    asked.map(({ input }) =>
      runStep(step, async () => ({
        prediction: toPrediction(await handler.predict?.(input, context)),
      })),
    ),
  );
}
