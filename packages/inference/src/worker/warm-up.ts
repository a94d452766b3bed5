import { type Checked, refused } from "@flotilla/common/checked";
import type { CostSample } from "../cost-table.ts";
import { concatRows } from "../instances.ts";
import { allocateData, elementCount, type TensorSpec, type Tensors } from "../tensor.ts";
import { parseTensor } from "../tensor-json.ts";
import type { SessionModel } from "./load-model.ts";

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

/** The model's sample input: what model.yaml gives, else a sentence, or zeros with 1 for each variable dimension. */
export function sampleInputs({ source, model, task }: SessionModel): Checked<Tensors> {
  if (task !== undefined) {
    return { ok: true, value: task.preprocess([source.warmUp?.text ?? SAMPLE_TEXT]) };
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

/** Measures batches of growing size, cheapest first, until the budget is used up. */
export async function measureCosts(
  loaded: SessionModel,
  options: { readonly sample: Tensors; readonly mixes: boolean },
): Promise<readonly CostSample[]> {
  const { sample, mixes } = options;
  const { task, model } = loaded;
  const ownLength = Object.values(sample).reduce(
    (elements, { shape }) => elements + elementCount(shape.slice(1)),
    0,
  );
  const lengths =
    task === undefined ? [ownLength] : [...new Set(TOKENS.map((n) => Math.min(n, task.maxLength)))];
  const rowCounts = mixes ? ROWS.filter((n) => n <= model.maxBatch) : [1];
  const cells = lengths.flatMap((length) => rowCounts.map((rows) => ({ rows, length })));
  cells.sort((a, b) => a.rows * a.length - b.rows * b.length);

  const end = performance.now() + MEASURING_BUDGET_MS;
  const samples: CostSample[] = [];
  let msPerUnit = 0;
  for (const { rows, length } of cells) {
    const expected = rows * length * msPerUnit;
    if (expected > MAX_CELL_MS || performance.now() + expected > end) continue;
    const run = async () => {
      const start = performance.now();
      await loaded.run(
        task === undefined
          ? rows === 1
            ? sample
            : concatRows(Array.from({ length: rows }, () => sample))
          : task.preprocess(new Array<string>(rows).fill(FILLER.repeat(length))),
      );
      return performance.now() - start;
    };
    // The quickest of three: whatever disturbed a run made it slower.
    const ms = Math.min(await run(), await run(), await run());
    msPerUnit = ms / (rows * length);
    samples.push({ rows, length, ms });
  }
  return samples;
}
