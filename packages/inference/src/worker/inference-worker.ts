import { dirname } from "node:path";
import { type Checked, refused } from "@flotilla/common/checked";
import { messageOf } from "@flotilla/common/message-of";
import { placeInStack } from "../handlers/place-in.ts";
import type { ModelSource } from "../model-source.ts";
import { reportOf } from "../tasks/run-step.ts";
import type { Task } from "../tasks/task.ts";
import type { Tensors } from "../tensor.ts";
import { askModel } from "./ask-model.ts";
import { orderByUses } from "./check-uses.ts";
import { loadModel, type SessionModel } from "./load-model.ts";
import { observeBatching } from "./observe-batching.ts";
import { replyCosts } from "./reply-costs.ts";
import { runParts } from "./run-parts.ts";
import { costClock, firstInference, measureCosts } from "./warm-up.ts";
import type {
  FromWorker,
  LoadLimits,
  StartBound,
  ToWorker,
  WorkerModel,
} from "./worker-protocol.ts";

/**
 * The thread that owns ONNX Runtime: `run` is native code that blocks the thread it is called on. It lives as long
 * as the process, because terminating it during a run aborts the process.
 */
declare const self: Worker;

interface ReadyModel extends SessionModel {
  readonly sample: Tensors | undefined;
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
  if (sources.some(({ handler }) => handler !== undefined)) outliveStrayErrors();
  const problems = new Map<ModelSource, readonly string[]>();
  const loaded: SessionModel[] = [];
  const ask = async (name: string, input: unknown) => {
    const other = loaded.findLast(({ model }) => model.name === name);
    if (other === undefined) throw new Error(`there is no model ${name} yet`);
    return await askModel(other, input);
  };
  for (const source of sources) {
    const one = await within(setupBound(source), () => loadModel(source, limits, ask));
    if (one.ok) loaded.push(one.value);
    else problems.set(source, one.problems);
  }
  const { ordered, problems: wrongUses } = orderByUses(loaded);
  const warm = new Map<ModelSource, ReadyModel>();
  for (const one of wrongUses.length === 0 ? ordered : []) {
    const ready = await warmUp(one);
    if (ready.ok) warm.set(one.source, ready.value);
    else problems.set(one.source, ready.problems);
  }
  models = sources.flatMap((source) => warm.get(source) ?? []);
  const all = sources.flatMap((source) => problems.get(source) ?? []);
  return {
    type: "loaded",
    models: models.map(({ told }) => told),
    problems: [...all, ...wrongUses],
  };
}

async function warmUp(loaded: SessionModel): Promise<Checked<ReadyModel>> {
  const { source } = loaded;
  const { onnxFile = source.handler?.file, runTimeoutMs } = source;
  const bounded = boundRuns(loaded);
  const start = performance.now();
  let first: Checked<Tensors | undefined>;
  try {
    first = await firstInference(bounded);
  } catch (error) {
    return refused(firstFailure(source, messageOf(error)));
  }
  if (!first.ok) return first;
  const sample = first.value;
  const sampleMs = performance.now() - start;
  if (sampleMs > runTimeoutMs / 2) {
    const took = `its first inference took ${Math.round(sampleMs)} ms`;
    const talks = loaded.conversation !== undefined;
    const shorter = source.task === "handler" ? "a cheaper example" : "a shorter warm_up";
    const less = talks ? "lower conversation.max_tokens" : `give ${shorter}`;
    const mend = `mend: raise run_timeout_ms in model.yaml, or ${less}`;
    return refused(
      `${onnxFile}: ${took}, more than half of run_timeout_ms (${runTimeoutMs}); ${mend}`,
    );
  }
  const { batch, mixes } = await observeBatching(bounded, sample ?? {});
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

/** Of a handler by its own line: the message is a stack where its code threw. */
function firstFailure({ onnxFile, handler }: ModelSource, message: string): string {
  if (handler === undefined) {
    const mend = "mend: give inputs that it accepts as `warm_up` in model.yaml";
    return `${onnxFile}: its first inference failed (${message}); ${mend}`;
  }
  const [said] = message.split("\n");
  const place = placeInStack(message, dirname(handler.file)) ?? handler.file;
  return `${place}: its first example failed (${said}); mend: give one that it answers`;
}

/** Neither a model's run nor a handler's step may hang the start. */
function boundRuns(loaded: SessionModel): SessionModel {
  const { source, task } = loaded;
  const run = (inputs: Tensors) => within(runBound(source), () => loaded.run(inputs));
  const answer: Task["answer"] = (asked, tools) =>
    within(runBound(source), async () => (await task?.answer(asked, tools)) ?? []);
  return { ...loaded, run, task: task && { ...task, answer } };
}

async function within<T>(bound: StartBound | undefined, step: () => Promise<T>): Promise<T> {
  if (bound === undefined) return await step();
  say({ type: "begins", bound });
  try {
    return await step();
  } finally {
    say({ type: "ends" });
  }
}

function runBound({ onnxFile, handler, runTimeoutMs: ms }: ModelSource): StartBound {
  const what = "an inference of its warm-up did not end within run_timeout_ms";
  const mend = `raise run_timeout_ms in model.yaml, or give a ${handler ? "cheaper example" : "shorter warm_up"}`;
  return { ms, problem: `${onnxFile ?? handler?.file}: ${what} (${ms}); mend: ${mend}` };
}

function setupBound({ handler }: ModelSource): StartBound | undefined {
  if (handler === undefined) return undefined;
  const { file, setupTimeoutMs: ms } = handler;
  const what = "its imports and its setup did not end within setup_timeout_ms";
  const mend = "raise setup_timeout_ms in model.yaml, or let it do less";
  return { ms, problem: `${file}: ${what} (${ms}); mend: ${mend}` };
}

async function runBatch({ model, parts, listened }: Run): Promise<FromWorker> {
  const loaded = models[model];
  if (loaded === undefined) return { type: "failed", message: `no model ${model}` };
  const start = performance.now();
  const now = costClock(loaded);
  const costStart = now();
  const { run, ranMs } = stopwatch(loaded.run);
  try {
    const outputs = await runParts({ ...loaded, run }, parts, (position, piece) => {
      if (listened.includes(position)) say({ type: "said", position, piece });
    });
    const handled = loaded.source.task === "handler" && parts[0]?.kind !== "tensors";
    const handlerMs = handled ? performance.now() - start - ranMs() : undefined;
    return { type: "completed", outputs, costMs: now() - costStart, handlerMs };
  } catch (error) {
    return { type: "failed", message: messageOf(error) };
  }
}

function stopwatch(run: SessionModel["run"]) {
  let ms = 0;
  return {
    ranMs: () => ms,
    async run(inputs: Tensors) {
      const start = performance.now();
      try {
        return await run(inputs);
      } finally {
        ms += performance.now() - start;
      }
    },
  };
}

/** A promise that a handler forgot would end this thread and so the replica, and with a repeated request the next. */
function outliveStrayErrors(): void {
  for (const event of ["unhandledRejection", "uncaughtException"]) {
    process.on(event, (error: unknown) => say({ type: "stray", report: reportOf(error) }));
  }
}

type Run = Pick<Extract<ToWorker, { readonly type: "run" }>, "model" | "parts" | "listened">;
