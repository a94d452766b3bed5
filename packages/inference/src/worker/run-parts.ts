import type { InferenceOutput, Turn } from "../inference-request.ts";
import { concatRows, sliceRows } from "../instances.ts";
import { initialState } from "../state.ts";
import type { Asked, TaskTools } from "../tasks/task.ts";
import type { Tensors } from "../tensor.ts";
import type { SessionModel } from "./load-model.ts";
import { runTurns } from "./run-turns.ts";
import type { BatchPart, PartOutput } from "./worker-protocol.ts";

type Sampled = Pick<SessionModel, "task" | "model" | "run"> & {
  readonly sample: Tensors | undefined;
};

/** One output for each part: all of them inputs for the task, or all tensors; all turns, or none. */
export async function runParts(
  loaded: Sampled,
  parts: readonly BatchPart[],
  tell: TaskTools["tell"],
): Promise<readonly PartOutput[]> {
  const [first] = parts;
  if (first?.kind === "tensors") return await runTensors(loaded, parts);
  const asked = parts.flatMap(askedOf);
  if (asked.length > 0) return await answerInputs(loaded, asked, tell);
  const turns = parts.flatMap((part) => (part.kind === "turn" ? [part] : []));
  if (turns.length === 0) return await runSample(loaded);
  const states = turns.map(({ state }) => state ?? initialState(loaded.model.state));
  return await runTurns(loaded, concatRows(turns.flatMap(tensorsOf)), concatRows(states));
}

async function runTensors(
  { run }: Pick<Sampled, "run">,
  parts: readonly BatchPart[],
): Promise<readonly InferenceOutput[]> {
  const outputs = await run(concatRows(parts.flatMap(tensorsOf)));
  // Not cut: a model without a batch runs one request at a time, and its outputs have no rows.
  if (parts.length === 1) return [{ kind: "tensors", tensors: outputs }];
  return rowsPerPart(parts, outputs);
}

async function answerInputs(
  { task, model, run }: Sampled,
  asked: readonly Asked[],
  tell: TaskTools["tell"],
): Promise<readonly PartOutput[]> {
  if (task === undefined) throw new Error(`${model.name} takes tensors alone`);
  return (await task.answer(asked, { run, tell })).map((answer) => {
    if (!answer.ok) return { kind: "failure", failure: answer.failure };
    const { prediction, state } = answer.value;
    return { kind: "predictions", predictions: [prediction], ...(state && { state }) };
  });
}

/** What idle inference runs; of a handler without a model, the models that it asks have theirs. */
async function runSample({ run, sample }: Sampled): Promise<readonly []> {
  if (sample !== undefined) await run(sample);
  return [];
}

/** A part with inputs has one: the request was split so. */
function askedOf(part: BatchPart): readonly Asked[] {
  const { question, state, sampling }: Partial<Turn> =
    part.kind === "turn" ? part : part.kind === "sample" ? {} : { question: part };
  return question?.kind === "inputs"
    ? question.inputs.map((input) => ({ input, state, sampling }))
    : [];
}

function tensorsOf(part: BatchPart): readonly Tensors[] {
  const question = part.kind === "turn" ? part.question : part;
  return question.kind === "tensors" ? [question.tensors] : [];
}

function rowsPerPart(parts: readonly BatchPart[], outputs: Tensors): readonly InferenceOutput[] {
  let start = 0;
  return parts.map((part) => {
    const end = start + (part.kind === "tensors" ? part.rows : 0);
    const tensors = sliceRows(outputs, start, end);
    start = end;
    return { kind: "tensors", tensors };
  });
}
