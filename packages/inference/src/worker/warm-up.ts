import { type Checked, refused } from "@flotilla/common/checked";
import type { CostSample } from "../cost-table.ts";
import { concatRows } from "../instances.ts";
import { initialState } from "../state.ts";
import { tokenInputs } from "../tasks/conversation.ts";
import { allocateData, elementCount, type TensorSpec, type Tensors } from "../tensor.ts";
import { parseTensor } from "../tensor-json.ts";
import type { SessionModel } from "./load-model.ts";
import { reply } from "./run-turns.ts";

/** What the cost of a batch is measured at; between and above, the cost table draws lines. */
const ROWS = [1, 4, 16, 64];
const TOKENS = [8, 32, 128, 512];

/** A start must stay short: what this does not suffice for is extrapolated, and learnt from real batches. */
const MEASURING_BUDGET_MS = 300;

/** No batch is made that is predicted to take longer (choose-batch.ts), so none is measured. */
const MAX_CELL_MS = 100;

const SAMPLE_TEXT = "The first text of a new replica.";

/** One word, one token, four characters: what `estimateTokens` counts as one. */
const FILLER = "the ";

/**
 * The model's sample input: what model.yaml gives, else a sentence, or zeros with 1 for each variable dimension. A
 * stateful model's is a conversation's first turn.
 */
export function sampleInputs(loaded: SessionModel): Checked<Tensors> {
  const own = ownInputs(loaded);
  if (!own.ok) return own;
  return { ok: true, value: { ...own.value, ...initialState(loaded.model.state) } };
}

function ownInputs({ source, model, task, conversation }: SessionModel): Checked<Tensors> {
  const text = source.warmUp?.text ?? SAMPLE_TEXT;
  if (task !== undefined) return { ok: true, value: task.preprocess([text]) };
  if (conversation !== undefined) {
    return { ok: true, value: tokenInputs([conversation.encode(text)]) };
  }
  const given = source.warmUp?.inputs;
  if (given === undefined) {
    return {
      ok: true,
      value: Object.fromEntries(model.inputs.map((spec) => [spec.name, zeros(spec)])),
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
    : { ok: true, value: Object.fromEntries(tensors) };
}

function zeros({ datatype, shape }: TensorSpec): Tensors[string] {
  const sizes = shape.map((size) => (size === -1 ? 1 : size));
  return { datatype, shape: sizes, data: allocateData(datatype, elementCount(sizes)) };
}

/** A conversation's is its longest reply, since that must fit into run_timeout_ms. */
export async function firstInference(loaded: SessionModel, sample: Tensors): Promise<void> {
  const { conversation, model } = loaded;
  if (conversation === undefined) {
    await loaded.run(sample);
    return;
  }
  const prompt = conversation.encode(loaded.source.warmUp?.text ?? SAMPLE_TEXT);
  const other = prompt.find((token) => token !== conversation.end) ?? 0;
  const enoughAt = performance.now() + loaded.source.runTimeoutMs / 2;
  // Whatever the model would say; and what takes too long need not be waited for.
  const draw = () => (performance.now() > enoughAt ? conversation.end : other);
  const state = initialState(model.state);
  await reply({ loaded, conversation, requests: [{ prompt, draw }], state });
}

/** Measures batches of growing size, cheapest first, until the budget is used up. */
export async function measureCosts(
  loaded: SessionModel,
  options: { readonly sample: Tensors; readonly mixes: boolean },
): Promise<readonly CostSample[]> {
  const { sample, mixes } = options;
  const { model } = loaded;
  const text = loaded.task ?? loaded.conversation;
  const ownLength = model.inputs.reduce(
    (elements, { name }) => elements + elementCount(sample[name]?.shape.slice(1) ?? []),
    0,
  );
  const lengths =
    text === undefined ? [ownLength] : [...new Set(TOKENS.map((n) => Math.min(n, text.maxLength)))];
  const rowCounts = mixes ? ROWS.filter((n) => n <= model.maxBatch) : [1];
  const cells = lengths.flatMap((length) => rowCounts.map((rows) => ({ rows, length })));
  cells.sort((a, b) => a.rows * a.length - b.rows * b.length);

  const end = performance.now() + MEASURING_BUDGET_MS;
  const samples: CostSample[] = [];
  let msPerUnit = 0;
  for (const { rows, length } of cells) {
    const expected = rows * length * msPerUnit;
    if (expected > MAX_CELL_MS || performance.now() + expected > end) continue;
    const ms = await quickest(() => loaded.run(batchInputs(loaded, { sample, rows, length })));
    msPerUnit = ms / (rows * length);
    samples.push({ rows, length, ms });
  }
  return samples;
}

/** Of three: whatever disturbed a run made it slower. */
export async function quickest(run: () => Promise<unknown>): Promise<number> {
  let leastMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    await run();
    leastMs = Math.min(leastMs, performance.now() - start);
  }
  return leastMs;
}

function batchInputs(
  { task, conversation, model }: SessionModel,
  given: { readonly sample: Tensors; readonly rows: number; readonly length: number },
): Tensors {
  const text = FILLER.repeat(given.length);
  if (task !== undefined) return task.preprocess(new Array<string>(given.rows).fill(text));
  const row =
    conversation === undefined
      ? given.sample
      : { ...tokenInputs([conversation.encode(text)]), ...initialState(model.state) };
  return concatRows(new Array<Tensors>(given.rows).fill(row));
}
