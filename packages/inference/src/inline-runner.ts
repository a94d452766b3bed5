import { messageOf } from "@flotilla/common/message-of";
import type { CostSample } from "./cost-table.ts";
import type { LoadedModel } from "./loaded-model.ts";
import type { ModelSource } from "./model-source.ts";
import { runParts } from "./worker/run-parts.ts";
import { measureCosts, sampleTensors } from "./worker/warm-up.ts";
import type { BatchResult, WorkerHost } from "./worker/worker-host.ts";
import type { WorkerModel } from "./worker/worker-protocol.ts";

/**
 * No batch that is predicted to take longer runs on the thread that answers probes. The way to the worker and back
 * costs about a tenth of a millisecond, so what takes longer loses little by it.
 */
const LONGEST_MS = 0.3;

/** A run this long was no hiccup of a busy machine: its model rests from this thread. Lesser ones the costs learn. */
const SURPRISE_MS = 100;

/** How many times as long as the surprise took: of this thread's time all surprises together take a hundredth. */
const REST = 100;

/** What the worker takes longer for, busy as it may have been at the start, is not even tried here. */
const HOPELESS_MS = 10 * LONGEST_MS;

/** Of an ONNX file: a second copy, kept for speed alone, may not cost much memory. */
const LARGEST_BYTES = 16 * 2 ** 20;

/** Runs small batches on this thread, of models that are small enough to be here, too. */
export interface InlineRunner extends Pick<WorkerHost, "run"> {
  readonly longestMs: number;
  /** What a batch takes on this thread; undefined: the model is not here. */
  costsOf(model: LoadedModel): readonly CostSample[] | undefined;
  /** It is here, and does not rest. */
  takes(model: LoadedModel): boolean;
}

/** `models` are in the worker's order. Blocks this thread while it opens their sessions: before anybody is served. */
export async function openInline(
  models: readonly WorkerModel[],
  sources: readonly ModelSource[],
): Promise<InlineRunner> {
  const opened = new Map<LoadedModel, InlineModel>();
  const restsUntil = new Map<LoadedModel, number>();
  for (const told of models) {
    const { name, version } = told.model;
    const source = sources.find((one) => one.name === name && one.version === version);
    if (source === undefined || !(await mayBeTiny(source, told))) continue;
    const here = await openModel(source, told);
    if (here !== undefined) opened.set(told.model, here);
  }
  return {
    longestMs: LONGEST_MS,
    costsOf: (model) => opened.get(model)?.costs,
    takes: (model) => opened.has(model) && performance.now() >= (restsUntil.get(model) ?? 0),
    async run({ model: index, parts }): Promise<BatchResult> {
      const model = models[index]?.model;
      const here = model && opened.get(model);
      if (model === undefined || here === undefined) throw new Error(`model ${index} is not here`);
      const start = performance.now();
      try {
        return { ok: true, outputs: await runParts(here, parts, () => {}) };
      } catch (error) {
        return { ok: false, message: messageOf(error) };
      } finally {
        const end = performance.now();
        if (end - start > SURPRISE_MS) restsUntil.set(model, end + REST * (end - start));
      }
    },
  };
}

type InlineModel = Parameters<typeof runParts>[0] & { readonly costs: readonly CostSample[] };

/**
 * Tasks make tokens, a handler is a user's code, and a turn's state belongs to the worker: none is for this thread. Of
 * the rest, those whose cost the warm-up could see: it lies in the number of rows alone.
 */
async function mayBeTiny(
  { task, onnxFile, state = [] }: ModelSource,
  { model, costs }: WorkerModel,
): Promise<boolean> {
  if (task !== "tensor" || onnxFile === undefined || state.length > 0) return false;
  if (model.inputs.some(({ shape }) => shape.slice(1).includes(-1))) return false;
  if (costs.every(({ ms }) => ms > HOPELESS_MS)) return false;
  const file = Bun.file(onnxFile);
  return file.size <= LARGEST_BYTES && !holdsLoop(Buffer.from(await file.arrayBuffer()));
}

/** As a node's `op_type`: field 4, its length, its name. What these run, and how often, the values decide. */
const LOOPS = ["\x22\x04Loop", "\x22\x04Scan", "\x22\x02If"];

function holdsLoop(onnx: Buffer): boolean {
  return LOOPS.some((node) => onnx.includes(node, 0, "latin1"));
}

async function openModel(
  source: ModelSource,
  { model, mixes }: WorkerModel,
): Promise<InlineModel | undefined> {
  // Not before it is needed: it is ONNX Runtime's native code.
  const { openInlineSession } = await import("./worker/open-inline-session.ts");
  const { run, close } = openInlineSession(source, model);
  const here = { source, model, run, close, task: undefined, conversation: undefined };
  const sample = sampleTensors(here);
  const costs = sample.ok ? await measureCosts(here, { sample: sample.value, mixes }) : [];
  if (costs.some(({ ms }) => ms <= LONGEST_MS)) return { ...here, sample: undefined, costs };
  await close();
  return undefined;
}
