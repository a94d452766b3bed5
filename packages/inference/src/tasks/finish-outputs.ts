import type { Outcome } from "@flotilla/common/failure";
import { copyRows, sliceRows } from "../instances.ts";
import { stateProblem, type takeState } from "../state.ts";
import type { Tensors } from "../tensor.ts";
import { type Group, type HandlerTask, ofAll, stateOf } from "./handler-task.ts";
import { runStep, settleAll, WrongResult } from "./run-step.ts";
import type { TaskAnswer } from "./task.ts";

/** One answer for each of the group. */
export async function finishOutputs(
  task: HandlerTask,
  group: Group,
  taken: ReturnType<typeof takeState>,
): Promise<readonly TaskAnswer[]> {
  const { postprocessBatch } = task.handler;
  if (postprocessBatch === undefined) return await finishEach(task, group, taken);
  const { asked, tensors } = group;
  const step = { model: task.model.name, name: "postprocessBatch" };
  const made = await runStep(step, async () => {
    const inputs = asked.map(({ input }) => input);
    const values = await postprocessBatch(taken.answer, { ...task.context, inputs, tensors });
    if (!Array.isArray(values) || values.length !== asked.length) {
      const got = Array.isArray(values) ? values.length : `a ${typeof values}`;
      throw new WrongResult(`expected an array of ${asked.length}, one for each input, got ${got}`);
    }
    return values.map((value) => ({ prediction: task.toPrediction(value) }));
  });
  const results = ofAll(made, asked);
  return results.ok ? results.value.map((value) => ({ ok: true, value })) : [results];
}

async function finishEach(
  task: HandlerTask,
  { asked, tensors }: Group,
  { answer: outputs, state }: ReturnType<typeof takeState>,
): Promise<readonly TaskAnswer[]> {
  const alone = asked.length === 1;
  if (!alone && Object.values(outputs).some(({ shape }) => shape[0] !== asked.length)) {
    throw new Error("the outputs do not have a row for each input");
  }
  const step = { model: task.model.name, name: "postprocess" };
  const rowOf = (all: Tensors, row: number) => (alone ? all : sliceRows(all, row, row + 1));
  const nextStates = asked.map((_, row) => ({ ...rowOf(state, row) }));
  const values = await settleAll(
    asked.map((one, row) =>
      runStep(step, () =>
        task.handler.postprocess?.(rowOf(outputs, row), {
          ...task.context,
          input: one.input,
          // Few ask for them.
          get tensors() {
            return rowOf(tensors, row);
          },
          state: stateOf(task, one),
          nextState: nextStates[row] ?? {},
        }),
      ),
    ),
  );
  return await settleAll(
    values.map((value, row) => (value.ok ? answerOf(task, value, nextStates[row] ?? {}) : value)),
  );
}

function answerOf(
  { model, toPrediction }: HandlerTask,
  { value }: Extract<Outcome<unknown>, { readonly ok: true }>,
  nextState: Tensors,
) {
  return runStep({ model: model.name, name: "postprocess" }, () => {
    const problem = stateProblem(model.state, nextState);
    if (problem !== undefined) throw new WrongResult(`nextState: ${problem}`);
    const prediction = toPrediction(value);
    if (model.state.length === 0) return { prediction };
    const own = model.state.map(({ input }) => [input, nextState[input]]);
    // Of its own memory: a view of the batch's would keep all of it for as long as the conversation is kept.
    return { prediction, state: copyRows(Object.fromEntries(own) as Tensors, 0, 1) };
  });
}
