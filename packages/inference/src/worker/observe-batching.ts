import type { Prediction, TextInput } from "../inference-request.ts";
import { concatRows, sliceRows } from "../instances.ts";
import type { LoadedModel } from "../loaded-model.ts";
import { initialState } from "../state.ts";
import { type Conversation, tokenInputs } from "../tasks/conversation.ts";
import type { Task } from "../tasks/task.ts";
import type { Tensor, Tensors } from "../tensor.ts";
import type { SessionModel } from "./load-model.ts";
import { askTask } from "./warm-up.ts";

/**
 * What batching does to a model, seen by trying two unequal rows alone and together. An ONNX file says neither
 * whether its variable first dimension is a batch, nor whether a row's answer depends on the other rows: dynamically
 * quantised models scale their activations over the whole batch (MiniLM int8: cosine 0.985 to the answer alone), and
 * no client should get another answer because of who else was asking.
 */
export interface ObservedBatching {
  readonly batch: LoadedModel["batch"];
  /** Rows of different requests may share a run: their answers stay what they are alone. */
  readonly mixes: boolean;
}

/** Relative to the answer's size: float32 sums in another order differ by 1e-6, float16's by 1e-3. */
const TOLERANCE = 5e-3;

export async function observeBatching(
  loaded: SessionModel,
  sample: Tensors,
): Promise<ObservedBatching> {
  const { mix } = loaded.source;
  if (loaded.model.batch !== "dynamic") return { batch: loaded.model.batch, mixes: false };
  try {
    const { task, conversation } = loaded;
    const mixes =
      task === undefined
        ? await tensorsMix(loaded, sample)
        : conversation === undefined
          ? await answersMix(loaded, task, sample)
          : await promptsMix(loaded, task, conversation);
    if (mixes === "no batch") return { batch: "none", mixes: false };
    return { batch: "dynamic", mixes: mix === "always" || (mixes && mix !== "never") };
  } catch {
    // It answered one row, as its sample has shown, and not two.
    return { batch: "none", mixes: false };
  }
}

type Mixes = boolean | "no batch";

/** A handler's examples may be alike, or never share a run: then only the model's own rows tell. */
async function answersMix(loaded: SessionModel, task: Task, sample: Tensors): Promise<Mixes> {
  if (loaded.source.handler !== undefined) {
    const mixes = await tensorsMix(loaded, sample);
    if (mixes !== true) return mixes;
  }
  const inputs = unequalInputs(task);
  const together = await askTask(loaded, task, inputs);
  for (const [row, input] of inputs.entries()) {
    const [alone] = await askTask(loaded, task, [input]);
    const beside = together[row];
    if (alone === undefined || beside === undefined) return "no batch";
    if (!alike(numbersOf(alone), numbersOf(beside))) return false;
  }
  return true;
}

function unequalInputs({ examples: [first, second = first] }: Task) {
  return [first, second] as const;
}

/** Also that padding changes neither what is said next nor the state: alone, a prompt has none. */
async function promptsMix(
  { run, model }: SessionModel,
  task: Task,
  { encode }: Conversation,
): Promise<Mixes> {
  const prompts = unequalInputs(task).map((input) => encode((input as TextInput).text));
  const state = initialState(model.state);
  const together = await run({
    ...tokenInputs(prompts),
    ...concatRows(prompts.map(() => state)),
  });
  if (hasOtherRows(together, prompts.length)) return "no batch";
  for (const [row, prompt] of prompts.entries()) {
    const alone = await run({ ...tokenInputs([prompt]), ...state });
    if (!sameTensors(alone, sliceRows(together, row, row + 1))) return false;
  }
  return true;
}

async function tensorsMix({ run }: SessionModel, sample: Tensors): Promise<Mixes> {
  const variant = await usableVariant(run, sample);
  const rows = Object.values(sample)[0]?.shape[0] ?? 1;
  const together = await run(concatRows([sample, variant.inputs]));
  if (hasOtherRows(together, 2 * rows)) return "no batch";
  const alone = await run(sample);
  return (
    sameTensors(alone, sliceRows(together, 0, rows)) &&
    sameTensors(variant.outputs, sliceRows(together, rows, 2 * rows))
  );
}

function hasOtherRows(outputs: Tensors, rows: number): boolean {
  return Object.values(outputs).some(({ shape }) => shape[0] !== rows);
}

/** Other numbers of the same shapes, unless the model accepts none but the sample's. */
async function usableVariant(run: SessionModel["run"], sample: Tensors) {
  const inputs = Object.fromEntries(
    Object.entries(sample).map(([name, tensor]) => [name, varied(tensor)]),
  );
  try {
    return { inputs, outputs: await run(inputs) };
  } catch {
    return { inputs: sample, outputs: await run(sample) };
  }
}

function varied(tensor: Tensor): Tensor {
  const { data } = tensor;
  if (Array.isArray(data)) return tensor;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return { ...tensor, data: data.map((value) => value + 1n) };
  }
  const isFloat = tensor.datatype.startsWith("FP");
  // A boolean has no other number to add one to.
  if (!isFloat) return { ...tensor, data: data.map((value) => (value === 0 ? 1 : value)) };
  return { ...tensor, data: data.map((value, index) => value + Math.sin(index + 1)) };
}

function sameTensors(one: Tensors, other: Tensors): boolean {
  return Object.entries(one).every(([name, { data }]) => {
    const beside = other[name]?.data;
    if (beside === undefined) return false;
    if (Array.isArray(data)) return data.every((text, index) => text === beside[index]);
    return alike(Array.from(data, Number), Array.from(beside as ArrayLike<number>, Number));
  });
}

/**
 * By the distance between the two as vectors. NaN and infinity are alike to themselves alone: a model that scales its
 * input answers the sample's zeros with NaN, and mixes none the less.
 */
function alike(one: readonly number[], other: readonly number[]): boolean {
  if (one.length !== other.length) return false;
  let [distance, size] = [0, 0];
  for (const [index, value] of one.entries()) {
    const beside = other[index] ?? Number.NaN;
    if (!Object.is(value, beside)) distance += (value - beside) ** 2;
    if (Number.isFinite(value)) size += value ** 2;
  }
  return Math.sqrt(distance) <= TOLERANCE * Math.sqrt(size) + Number.EPSILON;
}

function numbersOf(prediction: Prediction): readonly number[] {
  switch (prediction.kind) {
    case "classification":
      return Object.values(prediction.scores);
    case "embedding":
      return Array.from(prediction.embedding);
    case "reply":
      return [];
    case "json":
      return numbersIn(JSON.parse(prediction.json));
  }
}

/** All that JSON holds, in its order, a text as its letters' numbers. */
function numbersIn(value: unknown): readonly number[] {
  if (typeof value === "number") return [value];
  if (typeof value === "string") return Array.from(value, (letter) => letter.charCodeAt(0));
  if (typeof value !== "object" || value === null) return [value === true ? 1 : 0];
  return Object.values(value).flatMap(numbersIn);
}
