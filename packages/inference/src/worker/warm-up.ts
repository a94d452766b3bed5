import { type Checked, refused } from "@flotilla/common/checked";
import type { CostSample } from "../cost-table.ts";
import type { TaskInput, TextInput } from "../inference-request.ts";
import { inputLength } from "../input-length.ts";
import { concatRows } from "../instances.ts";
import { initialState } from "../state.ts";
import { tokenInputs } from "../tasks/conversation.ts";
import { reply } from "../tasks/conversation-task.ts";
import { textOfLength } from "../tasks/create-text-task.ts";
import type { Task, TaskAnswer } from "../tasks/task.ts";
import { allocateData, elementCount, type TensorSpec, type Tensors } from "../tensor.ts";
import { parseTensor } from "../tensor-json.ts";
import type { SessionModel } from "./load-model.ts";
import { threadMs } from "./thread-ms.ts";

/** What the cost of a batch is measured at; between and above, the cost table draws lines. */
const ROWS = [1, 4, 16, 64];
const TOKENS = [8, 32, 128, 512];

/** Of a batch of texts: a larger one lies on the lines that these draw, and would cost half of a start and 80 MB. */
const MOST_TOKENS = 512;

/** A start must stay short: what this does not suffice for is extrapolated, and learnt from real batches. */
const MEASURING_BUDGET_MS = 300;

/** Of run_timeout_ms, by which a run of the warm-up must end, however many others want the processor. */
const TIMEOUT_SHARE = 0.05;

/** The clock's own step: nothing is for nothing. */
const LEAST_MS = 0.001;

/** No batch is made that is predicted to take longer (choose-batch.ts), so none is measured. */
const MAX_CELL_MS = 100;

/** A model's sample input, where tensors are all it takes: what model.yaml gives, else zeros with 1 for what is variable. */
export function sampleTensors({
  source,
  model,
}: Pick<SessionModel, "source" | "model">): Checked<Tensors> {
  const given = source.warmUp?.inputs;
  if (given === undefined) {
    return {
      ok: true,
      value: {
        ...Object.fromEntries(model.inputs.map((spec) => [spec.name, zeros(spec)])),
        ...initialState(model.state),
      },
    };
  }
  const at = `${source.manifestFile}: warm_up.inputs`;
  const problems = Object.keys(given)
    .filter((name) => !model.inputs.some((spec) => spec.name === name))
    .map((name) => `${at}.${name}: the model has no such input; mend: remove it`);
  const tensors: [string, Tensors[string]][] = [];
  for (const spec of model.inputs) {
    const tensor = parseTensor({
      spec,
      value: given[spec.name],
      elementsLimit: Number.POSITIVE_INFINITY,
      at: `${at}.${spec.name}`,
    });
    if (tensor.ok) tensors.push([spec.name, tensor.value]);
    else problems.push(`${tensor.failure.detail}; mend: change it`);
  }
  return problems.length > 0
    ? refused(...problems)
    : { ok: true, value: { ...Object.fromEntries(tensors), ...initialState(model.state) } };
}

function zeros({ datatype, shape }: TensorSpec): Tensors[string] {
  const sizes = shape.map((size) => (size === -1 ? 1 : size));
  return { datatype, shape: sizes, data: allocateData(datatype, elementCount(sizes)) };
}

/**
 * Gives the sample for the runs that follow: what the model was given in this one, a conversation's first turn; nothing
 * where there was no run, of a handler without a model.
 */
export async function firstInference(loaded: SessionModel): Promise<Checked<Tensors | undefined>> {
  const { task, conversation } = loaded;
  if (task === undefined) {
    const sample = sampleTensors(loaded);
    if (sample.ok) await loaded.run(sample.value);
    return sample;
  }
  let sample: Tensors | undefined;
  const run = (inputs: Tensors) => {
    sample ??= inputs;
    return loaded.run(inputs);
  };
  if (conversation !== undefined) await longestReply({ ...loaded, run }, task);
  else await askTask({ ...loaded, run }, task, [task.examples[0]]);
  return { ok: true, value: sample };
}

/** It must fit into run_timeout_ms. */
async function longestReply(
  { run, model, source, conversation }: SessionModel,
  task: Task,
): Promise<void> {
  if (conversation === undefined) return;
  const prompt = conversation.encode((task.examples[0] as TextInput).text);
  const other = prompt.find((token) => token !== conversation.end) ?? 0;
  const enoughAt = performance.now() + source.runTimeoutMs / 2;
  // Whatever the model would say; and what takes too long need not be waited for.
  const draw = () => (performance.now() > enoughAt ? conversation.end : other);
  const state = initialState(model.state);
  await reply({ run, specs: model.state, conversation, requests: [{ prompt, draw }], state });
}

/** The predictions, in order; throws where there is none of one. */
export async function askTask({ run }: SessionModel, task: Task, inputs: readonly TaskInput[]) {
  const asked = inputs.map((input) => ({ input }));
  return (await task.answer(asked, { run, tell() {} })).map(predictionOf);
}

function predictionOf(answer: TaskAnswer) {
  if (!answer.ok) throw new Error(answer.failure.report ?? answer.failure.detail);
  return answer.value.prediction;
}

/** Measures batches of growing size, cheapest first, until the budget is used up. */
export async function measureCosts(
  loaded: SessionModel,
  options: { readonly sample: Tensors | undefined; readonly mixes: boolean },
): Promise<readonly CostSample[]> {
  const { sample = {}, mixes } = options;
  const { model } = loaded;
  const lengths = lengthsOf(loaded, sample);
  const rowCounts = mixes ? ROWS.filter((n) => n <= model.maxBatch) : [1];
  const cells = lengths
    .flatMap((length) => rowCounts.map((rows) => ({ rows, length })))
    .filter(({ rows, length }) => lengths.length === 1 || rows * length <= MOST_TOKENS)
    .sort((a, b) => a.rows * a.length - b.rows * b.length);

  const now = costClock(loaded);
  const end = now() + MEASURING_BUDGET_MS;
  const longestMs = Math.min(MAX_CELL_MS, loaded.source.runTimeoutMs * TIMEOUT_SHARE);
  const samples: CostSample[] = [];
  let msPerUnit = 0;
  for (const { rows, length } of cells) {
    const expected = rows * length * msPerUnit;
    if (expected > longestMs || now() + expected > end) continue;
    const ms = await quickest(batchOf(loaded, { sample, rows, length }), now);
    msPerUnit = ms / (rows * length);
    samples.push({ rows, length, ms });
  }
  return samples;
}

/**
 * What a batch's cost is told by. The clock's own time where a user's handler may wait for others, and where a reply
 * must end within run_timeout_ms.
 */
export function costClock({ source }: Pick<SessionModel, "source">): () => number {
  const byClock = source.handler !== undefined || source.task === "conversation";
  return byClock ? clockMs : threadMs;
}

const clockMs = () => performance.now();

/** Of three: whatever disturbed a run made it slower. */
export async function quickest(run: () => Promise<unknown>, now = clockMs): Promise<number> {
  let leastMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const start = now();
    await run();
    leastMs = Math.min(leastMs, now() - start);
  }
  return Math.max(leastMs, LEAST_MS);
}

function lengthsOf({ task, model }: SessionModel, sample: Tensors): readonly number[] {
  if (task?.inputOfLength !== undefined) {
    return [...new Set(TOKENS.map((tokens) => Math.min(tokens, task.maxLength)))];
  }
  if (task !== undefined) return [inputLength(task.examples[0], task.maxLength)];
  const sizes = model.inputs.map(({ name }) => elementCount(sample[name]?.shape.slice(1) ?? []));
  return [sizes.reduce((sum, size) => sum + size, 0)];
}

/** Of a conversation the prompt's run alone: reply-costs.ts adds the rest. */
function batchOf(
  loaded: SessionModel,
  given: { readonly sample: Tensors; readonly rows: number; readonly length: number },
): () => Promise<unknown> {
  const { task, conversation, model } = loaded;
  const { rows, length } = given;
  const repeat = <T>(one: T) => new Array<T>(rows).fill(one);
  if (conversation !== undefined) {
    const prompt = conversation.encode(textOfLength(length).text);
    const row = { ...tokenInputs([prompt]), ...initialState(model.state) };
    const inputs = concatRows(repeat<Tensors>(row));
    return () => loaded.run(inputs);
  }
  if (task !== undefined) {
    const input = task.inputOfLength?.(length) ?? task.examples[0];
    return () => askTask(loaded, task, repeat(input));
  }
  const inputs = concatRows(repeat(given.sample));
  return () => loaded.run(inputs);
}
