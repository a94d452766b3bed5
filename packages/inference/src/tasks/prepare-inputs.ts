import type { Outcome } from "@flotilla/common/failure";
import { concatRows } from "../instances.ts";
import type { Tensors } from "../tensor.ts";
import { checkStepTensors } from "./check-step-tensors.ts";
import { type Group, type HandlerTask, ofAll, stateOf } from "./handler-task.ts";
import { runStep, settleAll } from "./run-step.ts";
import type { Asked, TaskAnswer } from "./task.ts";

interface Prepared {
  /** In as few runs as the shapes of what was prepared allow. */
  readonly groups: readonly Group[];
  /** By position, of the inputs that have their answer already. */
  readonly answers: ReadonlyMap<number, TaskAnswer>;
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
  return tensors.ok
    ? {
        groups: [{ asked, positions: asked.map((_, at) => at), tensors: tensors.value }],
        answers: new Map(),
      }
    : { groups: [], answers: new Map([[0, tensors]]) };
}

async function prepareEach(
  task: HandlerTask,
  asked: readonly Asked[],
): Promise<readonly Outcome<Tensors>[]> {
  const { handler, model, context } = task;
  const step = { model: model.name, name: "preprocess" };
  const check = (made: unknown) => checkStepTensors(model, made, 1);
  return await settleAll(
    asked.map((one) =>
      runStep(step, () => {
        const made = handler.preprocess?.(one.input, { ...context, state: stateOf(task, one) });
        return made instanceof Promise ? made.then(check) : check(made);
      }),
    ),
  );
}

function groupByShapes(asked: readonly Asked[], made: readonly Outcome<Tensors>[]): Prepared {
  const answers = new Map<number, TaskAnswer>();
  const alike = Map.groupBy(
    made.flatMap((tensors, position) => {
      if (tensors.ok) return [{ position, tensors: tensors.value }];
      answers.set(position, tensors);
      return [];
    }),
    ({ tensors }) => shapesOf(tensors),
  );
  const groups = [...alike.values()].map((rows) => ({
    asked: rows.map(({ position }) => asked[position] as Asked),
    positions: rows.map(({ position }) => position),
    tensors: concatRows(rows.map(({ tensors }) => tensors)),
  }));
  return { groups, answers };
}

function shapesOf(tensors: Tensors): string {
  return Object.entries(tensors)
    .map(([name, { shape }]) => `${name} ${shape.slice(1).join("x")}`)
    .sort()
    .join(",");
}
