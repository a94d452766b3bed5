import { type Checked, refused } from "@flotilla/common/checked";
import type { ModelSource } from "../model-source.ts";
import type { Tensors } from "../tensor.ts";
import { loadModel, type SessionModel } from "./load-model.ts";
import { observeBatching } from "./observe-batching.ts";
import { replyCosts } from "./reply-costs.ts";
import { runParts } from "./run-parts.ts";
import { firstInference, measureCosts } from "./warm-up.ts";
import type { FromWorker, LoadLimits, ToWorker, WorkerModel } from "./worker-protocol.ts";

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
  const bounded = { ...loaded, run: (inputs: Tensors) => runBounded(loaded, inputs) };
  const start = performance.now();
  let first: Checked<Tensors>;
  try {
    first = await firstInference(bounded);
  } catch (error) {
    const mend = "mend: give inputs that it accepts as `warm_up` in model.yaml";
    return refused(`${onnxFile}: its first inference failed (${messageOf(error)}); ${mend}`);
  }
  if (!first.ok) return first;
  const sample = first.value;
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
  const { maxLength } = loaded.task ?? NO_LENGTH;
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

async function runBatch({ model, parts, listened }: Run): Promise<FromWorker> {
  const loaded = models[model];
  if (loaded === undefined) return { type: "failed", message: `no model ${model}` };
  try {
    const outputs = await runParts(loaded, parts, (position, piece) => {
      if (listened.includes(position)) say({ type: "said", position, piece });
    });
    return { type: "completed", outputs };
  } catch (error) {
    return { type: "failed", message: messageOf(error) };
  }
}

type Run = Pick<Extract<ToWorker, { readonly type: "run" }>, "model" | "parts" | "listened">;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
