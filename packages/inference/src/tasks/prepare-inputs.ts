import type { Outcome } from "@flotilla/common/failure";
import { concatRows, copyData } from "../instances.ts";
import type { Tensors } from "../tensor.ts";
import { checkStepTensors } from "./check-step-tensors.ts";
import { type Group, type HandlerTask, ofAll, stateOf } from "./handler-task.ts";
import { runStep, settleAll } from "./run-step.ts";
import type { Asked, TaskAnswer } from "./task.ts";

interface Prepared {
  /** In as few runs as the shapes of what was prepared allow. */
  readonly groups: readonly Group[];
  /** By position: the inputs that have their answer already. */
  readonly answers: TaskAnswer[];
}

export async function prepareInputs(task: HandlerTask, asked: readonly Asked[]): Promise<Prepared> {
  const { preprocessBatch } = task.handler;
  if (preprocessBatch === undefined) return groupByShapes(asked, await prepareEach(task, asked));
  const step = { model: task.model.name, name: "preprocessBatch" };
  const made = await runStep(step, async () => {
    const tensors = await preprocessBatch(
      asked.map(({ input }) => input),
      task.context,
    );
    return checkStepTensors(task.model, tensors);
  });
  const tensors = ofAll(made, asked);
  if (!tensors.ok) return { groups: [], answers: [tensors] };
  const positions = asked.map((_, position) => position);
  return { groups: [{ asked, positions, tensors: tensors.value }], answers: [] };
}

async function prepareEach(
  task: HandlerTask,
  asked: readonly Asked[],
): Promise<readonly Outcome<Tensors>[]> {
  const { handler, model, context } = task;
  const step = { model: model.name, name: "preprocess" };
  const check = (made: unknown) => {
    const tensors = checkStepTensors(model, made, 1);
    // A handler may fill the same memory again for the next input.
    return asked.length > 1 ? copyData(tensors) : tensors;
  };
  return await settleAll(
    asked.map((one) =>
      runStep(step, () => {
        const stateful = model.state.length > 0;
        const own = stateful ? { ...context, state: stateOf(task, one) } : context;
        const made = handler.preprocess?.(one.input, own);
        return made instanceof Promise ? made.then(check) : check(made);
      }),
    ),
  );
}

function groupByShapes(asked: readonly Asked[], made: readonly Outcome<Tensors>[]): Prepared {
  const answers: TaskAnswer[] = [];
  const alike: { positions: number[]; rows: Tensors[] }[] = [];
  for (const [position, one] of made.entries()) {
    if (!one.ok) {
      answers[position] = one;
      continue;
    }
    const group = alike.find(({ rows: [first] }) => first && haveSameShapes(first, one.value));
    if (group === undefined) alike.push({ positions: [position], rows: [one.value] });
    else {
      group.positions.push(position);
      group.rows.push(one.value);
    }
  }
  const groups = alike.map(({ positions, rows }) => ({
    asked: positions.map((position) => asked[position] as Asked),
    positions,
    tensors: concatRows(rows),
  }));
  return { groups, answers };
}

/** Of the same names; but for the rows, which `checkStepTensors` has seen to. */
function haveSameShapes(one: Tensors, other: Tensors): boolean {
  for (const name in one) {
    const [shape, beside] = [one[name]?.shape, other[name]?.shape];
    if (shape?.some((size, at) => size !== beside?.[at])) return false;
  }
  return true;
}
