import { type Checked, refused } from "@flotilla/common/checked";
import type { InferenceOutput } from "../inference-request.ts";
import { concatRows, sliceRows } from "../instances.ts";
import type { ModelSource } from "../model-source.ts";
import type { Tensors } from "../tensor.ts";
import { loadModel, type SessionModel } from "./load-model.ts";
import { observeBatching } from "./observe-batching.ts";
import { replyCosts } from "./reply-costs.ts";
import { runTurns } from "./run-turns.ts";
import { firstInference, measureCosts, sampleInputs } from "./warm-up.ts";
import type {
  BatchPart,
  FromWorker,
  LoadLimits,
  ToWorker,
  WorkerModel,
} from "./worker-protocol.ts";

/**
 * The thread that owns ONNX Runtime: `run` is native code that blocks the thread it is called on. It lives as long
 * as the process, because terminating it during a run aborts the process.
 */
declare const self: Worker;

interface ReadyModel extends SessionModel {
  readonly sample: Tensors;
  readonly told: WorkerModel;
}

/** What a model without texts has for a limit of theirs. */
const NO_LENGTH = { maxLength: Number.POSITIVE_INFINITY };

let models: readonly ReadyModel[] = [];

self.onmessage = async ({ data }: MessageEvent<ToWorker>) => {
  switch (data.type) {
    case "load":
      say(await load(data.sources, data.limits));
      break;
    case "run":
      say(await runBatch(data));
      break;
    default:
      data satisfies never;
  }
};

function say(message: FromWorker): void {
  self.postMessage(message);
}

async function load(sources: readonly ModelSource[], limits: LoadLimits): Promise<FromWorker> {
  const problems: string[] = [];
  const ready: ReadyModel[] = [];
  for (const source of sources) {
    const loaded = await loadModel(source, limits);
    const warm = loaded.ok ? await warmUp(loaded.value) : loaded;
    if (warm.ok) ready.push(warm.value);
    else problems.push(...warm.problems);
  }
  models = ready;
  return { type: "loaded", models: ready.map(({ told }) => told), problems };
}

async function warmUp(loaded: SessionModel): Promise<Checked<ReadyModel>> {
  const { source } = loaded;
  const { onnxFile, runTimeoutMs } = source;
  const sampled = sampleInputs(loaded);
  if (!sampled.ok) return sampled;
  const sample = sampled.value;
  const bounded = { ...loaded, run: (inputs: Tensors) => runBounded(loaded, inputs) };
  const start = performance.now();
  try {
    await firstInference(bounded, sample);
  } catch (error) {
    const mend = "mend: give inputs that it accepts as `warm_up` in model.yaml";
    return refused(`${onnxFile}: its first inference failed (${messageOf(error)}); ${mend}`);
  }
  const sampleMs = performance.now() - start;
  if (sampleMs > runTimeoutMs / 2) {
    const took = `its first inference took ${Math.round(sampleMs)} ms`;
    const talks = loaded.conversation !== undefined;
    const less = talks ? "lower conversation.max_tokens" : "give a shorter warm_up";
    const mend = `mend: raise run_timeout_ms in model.yaml, or ${less}`;
    return refused(
      `${onnxFile}: ${took}, more than half of run_timeout_ms (${runTimeoutMs}); ${mend}`,
    );
  }
  const { batch, mixes } = await observeBatching(bounded, sample);
  const observed = { ...bounded, model: { ...loaded.model, batch } };
  const prompts = await measureCosts(observed, { sample, mixes });
  const { conversation } = loaded;
  const { costs, maxBatch } =
    conversation === undefined
      ? { costs: prompts, maxBatch: loaded.model.maxBatch }
      : await replyCosts({ loaded: observed, conversation, prompts });
  const model = { ...observed.model, maxBatch };
  const { maxLength } = loaded.task ?? loaded.conversation ?? NO_LENGTH;
  const told = { model, mixes, maxLength, runTimeoutMs, costs, sampleMs };
  return { ok: true, value: { ...loaded, sample, told } };
}

async function runBounded(loaded: SessionModel, inputs: Tensors): Promise<Tensors> {
  say({ type: "warming", source: loaded.source });
  try {
    return await loaded.run(inputs);
  } finally {
    say({ type: "warmed" });
  }
}

async function runBatch(run: Run): Promise<FromWorker> {
  const loaded = models[run.model];
  if (loaded === undefined) return { type: "failed", message: `no model ${run.model}` };
  try {
    return { type: "completed", outputs: await outputsOf(loaded, run) };
  } catch (error) {
    return { type: "failed", message: messageOf(error) };
  }
}

type Run = Pick<Extract<ToWorker, { readonly type: "run" }>, "model" | "parts" | "listened">;

async function outputsOf(
  loaded: ReadyModel,
  { parts, listened }: Run,
): Promise<readonly InferenceOutput[]> {
  const turns = parts.flatMap((part) => (part.kind === "turn" ? [part] : []));
  if (turns.length > 0) {
    return await runTurns(loaded, turns, (position, piece) => {
      if (listened.includes(position)) say({ type: "said", position, piece });
    });
  }
  const texts = parts.flatMap((part) => (part.kind === "texts" ? part.texts : []));
  if (texts.length > 0) {
    const predictions = await predict(loaded, texts);
    return perPart(parts, (start, end) => ({
      kind: "predictions",
      predictions: predictions.slice(start, end),
    }));
  }
  const tensors = parts.flatMap((part) => (part.kind === "tensors" ? [part.tensors] : []));
  const outputs = await loaded.run(tensors.length > 0 ? concatRows(tensors) : loaded.sample);
  // Not cut: a model without a batch runs one request at a time, and its outputs have no rows.
  if (tensors.length <= 1) return tensors.map(() => ({ kind: "tensors", tensors: outputs }));
  return perPart(parts, (start, end) => ({
    kind: "tensors",
    tensors: sliceRows(outputs, start, end),
  }));
}

async function predict({ task, told, run }: ReadyModel, texts: readonly string[]) {
  if (task === undefined) throw new Error(`${told.model.name} takes tensors, not texts`);
  const inputs = task.preprocess(texts);
  const predictions = task.postprocess(await run(inputs), inputs);
  if (predictions.length !== texts.length) throw new Error("a text got no prediction");
  return predictions;
}

/** Each part's rows of what the batch gave, from `start` up to, not including, `end`. */
function perPart(
  parts: readonly BatchPart[],
  cut: (start: number, end: number) => InferenceOutput,
): readonly InferenceOutput[] {
  let start = 0;
  return parts.map((part) => {
    const end = start + rowsOf(part);
    const own = cut(start, end);
    start = end;
    return own;
  });
}

function rowsOf(part: BatchPart): number {
  switch (part.kind) {
    case "sample":
      return 0;
    case "turn":
      return 1;
    case "texts":
      return part.texts.length;
    case "tensors":
      return part.rows;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
