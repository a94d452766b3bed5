import { messageOf } from "@flotilla/common/message-of";
import type { LoadedModel } from "./loaded-model.ts";
import type { ModelSource } from "./model-source.ts";
import { runParts } from "./worker/run-parts.ts";
import type { BatchResult, WorkerHost } from "./worker/worker-host.ts";
import type { WorkerModel } from "./worker/worker-protocol.ts";

/**
 * No batch that is predicted to take longer runs on the thread that answers probes. The way to the worker and back
 * costs about a tenth of a millisecond, so what takes longer loses little by it.
 */
const LONGEST_MS = 0.3;

/** A run that took this many times longer was a surprise, and its model rests from this thread. */
const SURPRISE = 10;

/** How many times as long as the surprise took: of this thread's time all surprises together take a hundredth. */
const REST = 100;

/** Of an ONNX file: a second copy, kept for speed alone, may not cost much memory. */
const LARGEST_BYTES = 16 * 2 ** 20;

/** Runs small batches on this thread, of models that are small enough to be here, too. */
export interface InlineRunner extends Pick<WorkerHost, "run"> {
  readonly longestMs: number;
  holds(model: LoadedModel): boolean;
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
    if (source === undefined || !(await isTiny(source, told))) continue;
    opened.set(told.model, await openModel(source, told.model));
  }
  return {
    longestMs: LONGEST_MS,
    holds: (model) =>
      opened.has(model) && performance.now() >= (restsUntil.get(model) ?? Number.NEGATIVE_INFINITY),
    async run({ model: index, parts }): Promise<BatchResult> {
      const model = models[index]?.model;
      const session = model && opened.get(model);
      if (model === undefined || session === undefined)
        throw new Error(`model ${index} is not here`);
      const start = performance.now();
      try {
        return { ok: true, outputs: await runParts(session, parts, () => {}) };
      } catch (error) {
        return { ok: false, message: messageOf(error) };
      } finally {
        const end = performance.now();
        if (end - start > SURPRISE * LONGEST_MS) restsUntil.set(model, end + REST * (end - start));
      }
    },
  };
}

type InlineModel = Parameters<typeof runParts>[0];

/**
 * Tasks make tokens, a handler is a user's code, and a turn's state belongs to the worker: none is for this thread. Of
 * the rest, those whose cost the warm-up could see: it lies in the number of rows alone.
 */
async function isTiny(
  { task, onnxFile, state = [] }: ModelSource,
  { model, costs }: WorkerModel,
): Promise<boolean> {
  if (task !== "tensor" || onnxFile === undefined || state.length > 0) return false;
  if (model.inputs.some(({ shape }) => shape.slice(1).includes(-1))) return false;
  if (costs.every(({ ms }) => ms > LONGEST_MS)) return false;
  const file = Bun.file(onnxFile);
  return file.size <= LARGEST_BYTES && !holdsLoop(Buffer.from(await file.arrayBuffer()));
}

/** As a node's `op_type`: field 4, its length, its name. What these run, and how often, the values decide. */
const LOOPS = ["\x22\x04Loop", "\x22\x04Scan", "\x22\x02If"];

function holdsLoop(onnx: Buffer): boolean {
  return LOOPS.some((node) => onnx.includes(node, 0, "latin1"));
}

async function openModel(source: ModelSource, model: LoadedModel): Promise<InlineModel> {
  // Not before it is needed: it is ONNX Runtime's native code.
  const { openInlineSession } = await import("./worker/open-inline-session.ts");
  const run = openInlineSession(source, model);
  return { model, task: undefined, run: async (inputs) => run(inputs), sample: undefined };
}
