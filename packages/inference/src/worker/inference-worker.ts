import type { InferenceInput, InferenceOutput } from "../inference-request.ts";
import { concatRows, sliceRows } from "../instances.ts";
import type { ModelSource } from "../model-source.ts";
import type { Tensors } from "../tensor.ts";
import { loadModel, type SessionModel } from "./load-model.ts";
import { observeBatching } from "./observe-batching.ts";
import { runSession } from "./run-session.ts";
import { measureCosts, sampleInputs } from "./warm-up.ts";
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
}

let models: readonly ReadyModel[] = [];

self.onmessage = async ({ data }: MessageEvent<ToWorker>) => {
  switch (data.type) {
    case "load":
      say(await load(data.sources, data.limits));
      break;
    case "run":
      say(await runBatch(data.model, data.parts));
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
  const ready: { readonly loaded: ReadyModel; readonly told: WorkerModel }[] = [];
  for (const source of sources) {
    const loaded = await loadModel(source, limits);
    const warm = loaded.ok ? await warmUp(loaded.value) : loaded;
    if (warm.ok) ready.push(warm.value);
    else problems.push(...warm.problems);
  }
  models = ready.map(({ loaded }) => loaded);
  return { type: "loaded", models: ready.map(({ told }) => told), problems };
}

async function warmUp(loaded: SessionModel) {
  const { source } = loaded;
  const sample = sampleInputs(loaded);
  if (!sample.ok) return sample;
  say({ type: "warming", source });
  const start = performance.now();
  try {
    await runSession(loaded.session, sample.value);
  } catch (error) {
    const mend = "give inputs that it accepts as `warm_up` in model.yaml";
    const problem = `${source.onnxFile}: its first inference failed (${messageOf(error)}); ${mend}`;
    return { ok: false, problems: [problem] } as const;
  }
  const sampleMs = performance.now() - start;
  const { batch, mixes } = await observeBatching(loaded, sample.value);
  const model = { ...loaded.model, batch };
  const ready = { ...loaded, model, sample: sample.value };
  const costs = await measureCosts(ready, { sample: sample.value, mixes });
  const { runTimeoutMs } = source;
  const maxLength = loaded.task?.maxLength ?? Number.POSITIVE_INFINITY;
  const told = { model, mixes, maxLength, runTimeoutMs, costs, sampleMs };
  return { ok: true, value: { loaded: ready, told } } as const;
}

async function runBatch(index: number, parts: readonly BatchPart[]): Promise<FromWorker> {
  const loaded = models[index];
  if (loaded === undefined) return { type: "failed", message: `no model ${index}` };
  try {
    return { type: "completed", outputs: await outputsOf(loaded, parts) };
  } catch (error) {
    return { type: "failed", message: messageOf(error) };
  }
}

async function outputsOf(
  loaded: ReadyModel,
  parts: readonly BatchPart[],
): Promise<readonly InferenceOutput[]> {
  const { session, task, model } = loaded;
  const first = parts[0];
  if (first === undefined || first.kind === "sample") {
    await runSession(session, loaded.sample);
    return [];
  }
  if (first.kind === "texts") {
    if (task === undefined) throw new Error(`${model.name} takes tensors, not texts`);
    const texts = parts.flatMap((part) => (part.kind === "texts" ? part.texts : []));
    const inputs = task.preprocess(texts);
    const predictions = task.postprocess(await runSession(session, inputs), inputs);
    if (predictions.length !== texts.length) throw new Error("a text got no prediction");
    let start = 0;
    return parts.map((part) => {
      const end = start + (part.kind === "texts" ? part.texts.length : 0);
      const own = { kind: "predictions" as const, predictions: predictions.slice(start, end) };
      start = end;
      return own;
    });
  }
  const tensorParts = parts.filter((part) => part.kind === "tensors");
  const outputs = await runSession(session, joined(tensorParts));
  if (model.batch === "none" || tensorParts.length === 1) {
    return [{ kind: "tensors", tensors: outputs }];
  }
  let start = 0;
  return tensorParts.map(({ rows }) => {
    const own = { kind: "tensors" as const, tensors: sliceRows(outputs, start, start + rows) };
    start += rows;
    return own;
  });
}

function joined(parts: readonly Extract<InferenceInput, { kind: "tensors" }>[]): Tensors {
  const [first] = parts;
  return parts.length === 1 && first !== undefined
    ? first.tensors
    : concatRows(parts.map(({ tensors }) => tensors));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
