import { type FailureKind, failed, type Outcome, success } from "@flotilla/common/failure";
import type { Logger } from "@flotilla/common/logger";
import { checkInput } from "./check-input.ts";
import { type CostTable, createCostTable } from "./cost-table.ts";
import type { ModelHealth } from "./engine.ts";
import { createEntry, type Entry } from "./entry.ts";
import type { InferenceAnswer, InferenceInput, InferenceRequest } from "./inference-request.ts";
import type { InlineRunner } from "./inline-runner.ts";
import { emptyOutputs } from "./instances.ts";
import { type Batch, Lane } from "./lane.ts";
import type { LoadedModel } from "./loaded-model.ts";
import { createHealthRecord } from "./model-health.ts";
import { settleDead, whyDead } from "./request-queue.ts";
import type { ServedModel } from "./served-model.ts";
import { joinAnswers, splitRequest } from "./split-request.ts";
import type { WorkerHost } from "./worker/worker-host.ts";
import type { BatchPart, WorkerModel } from "./worker/worker-protocol.ts";

export interface DispatcherOptions {
  readonly models: readonly WorkerModel[];
  readonly worker: Pick<WorkerHost, "run">;
  /** Runs small batches of some models on this thread; without it the worker runs everything. */
  readonly inline?: InlineRunner | undefined;
  readonly limits: {
    readonly batchLimit: number;
    readonly queueLimit: number;
    readonly maxQueueMs: number;
  };
  readonly logger: Logger;
  readonly onBatch: (batch: Batch) => void;
  /** Calls when what else has arrived by now is read, and may share the batch; `setImmediate` unless a test's own. */
  readonly defer?: (next: () => void) => void;
  /** How long a batch for the worker may wait for as many as shared the last ones; COMPANY_MS unless a test's own. */
  readonly companyMs?: number | undefined;
  /** What deadlines and probes go by, in milliseconds; `Date.now` unless a test has its own. */
  readonly now?: () => number;
}

/** How exactly deadlines and departures are noticed: one timer for all requests instead of one each. */
const SWEEP_MS = 20;

const PROBE_CHECK_MS = 250;

/** The shortest that a timer takes; the way to the worker alone costs a tenth of it, on two threads. */
const COMPANY_MS = 1;

/**
 * Puts requests into batches: of those that take less time than the way to the worker a lane on this thread, of all
 * others the worker's. It lives as long as the process, as the worker does.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #now: () => number;
  readonly #models: readonly ServedModel[];
  readonly #worker: Lane;
  readonly #inline: Lane;
  readonly #open = new Set<Entry>();
  #sweeping: Timer | undefined;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#models = options.models.map((loaded) => {
      const inlineCosts = options.inline?.costsOf(loaded.model);
      return {
        ...loaded,
        costs: createCostTable(loaded.costs),
        inlineCosts: inlineCosts && createCostTable(inlineCosts),
        health: createHealthRecord({ ...loaded.model, at: this.#now(), ms: loaded.sampleMs }),
      };
    });
    for (const { model, mixes } of this.#models) {
      if (mixes || model.batch !== "dynamic") continue;
      const why =
        "its answers would depend on what shares the run; batching.mix in model.yaml decides";
      options.logger.info({ model: model.name, version: model.version, why }, "requests run alone");
    }
    const { worker, inline, limits, logger, onBatch } = options;
    const { defer = setImmediate, companyMs = COMPANY_MS } = options;
    const lane = { models: this.#models, limits, logger, onBatch, defer, now: this.#now };
    this.#worker = new Lane({
      ...lane,
      run: (run) => worker.run(run),
      costsOf: ({ costs }) => costs,
      companyMs,
    });
    this.#inline = new Lane({
      ...lane,
      run: (run) => (inline ?? worker).run(run),
      costsOf: ({ costs, inlineCosts = costs }) => inlineCosts,
      companyMs: 0,
      longestBatchMs: inline?.longestMs,
    });
    setInterval(() => this.#probeIdleModels(this.#now()), PROBE_CHECK_MS).unref();
  }

  /** Requests queued or running, a request of several parts counted as its parts. */
  get inFlight(): number {
    return this.#open.size;
  }

  health(): readonly ModelHealth[] {
    return this.#models.map((model) => this.#report(model));
  }

  /** Never rejects but for a bug. */
  infer(request: InferenceRequest): Promise<Outcome<InferenceAnswer>> {
    const index = this.#models.findIndex(
      ({ model }) => model.name === request.model && model.version === request.version,
    );
    const owner = this.#models[index];
    if (owner === undefined) throw new Error("a request names a model that find() did not give");
    const { batchLimit } = this.#options.limits;
    const wrong = this.#whyFailing(owner) ?? checkInput(owner.model, request.input, batchLimit);
    if (wrong !== undefined) return Promise.resolve(wrong);
    const empty = emptyAnswer(owner.model, request.input);
    if (empty !== undefined) return Promise.resolve(success(empty));
    const dead = whyDead(request, this.#now());
    if (dead !== undefined) return Promise.resolve(dead);

    const isInline = this.#runsInline(owner, request);
    const [lane, other] = isInline ? [this.#inline, this.#worker] : [this.#worker, this.#inline];
    const { predictMs } = lane.costsOf(owner);
    const entries = splitRequest(seeded(request.input), owner.model).map((part) =>
      this.#createEntry({ index, part, request, predictMs }),
    );
    const admitted = lane.admit(entries, other.waiting);
    if (!admitted.ok) return Promise.resolve(admitted);
    for (const entry of entries) this.#open.add(entry);
    this.#sweeping ??= setInterval(() => this.#sweep(this.#now()), SWEEP_MS).unref();
    const [only] = entries;
    return entries.length === 1 && only !== undefined ? only.answer : answerOf(entries);
  }

  #whyFailing(owner: ServedModel) {
    const error = this.#report(owner).error;
    return error === undefined ? undefined : failed("not-ready", `the model is failing: ${error}`);
  }

  /** What another replica may have ended of goes to the worker: on this thread nothing could bound it. */
  #runsInline({ model, inlineCosts }: ServedModel, { input, alone }: InferenceRequest): boolean {
    const { inline } = this.#options;
    if (inline === undefined || inlineCosts === undefined || input.kind !== "tensors") return false;
    if (alone === true || !inline.takes(model)) return false;
    return inlineCosts.predictMs(input.rows, 0) <= inline.longestMs;
  }

  #createEntry(options: {
    readonly index: number;
    readonly part: BatchPart;
    readonly request: Pick<InferenceRequest, "deadlineMs" | "signal" | "onToken" | "alone">;
    readonly predictMs: CostTable["predictMs"];
  }): Entry {
    const { index, part, request, predictMs } = options;
    const { mixes, maxLength } = this.#models[index] as ServedModel;
    return createEntry({
      model: index,
      part,
      alone: !mixes || part.kind === "sample" || request.alone === true,
      maxLength,
      deadlineMs: request.deadlineMs,
      signal: request.signal,
      onToken: request.onToken,
      predictMs,
      onSettled: (entry) => this.#open.delete(entry),
    });
  }

  #report({ health }: ServedModel): ModelHealth {
    return health.report(this.#now(), this.#worker.patienceMs);
  }

  #sweep(now: number): void {
    settleDead(this.#open, now);
    this.#worker.dropDead(now);
    this.#inline.dropDead(now);
    if (this.#open.size > 0) return;
    // A replica that nobody asks anything costs nothing.
    clearInterval(this.#sweeping);
    this.#sweeping = undefined;
  }

  #probeIdleModels(now: number): void {
    for (const [index, { health, costs }] of this.#models.entries()) {
      if (!health.wantsProbe(now)) continue;
      health.probeSent(now);
      // Without a deadline: how long it may take is the health record's to judge, and the run's own limit ends it.
      const request = { deadlineMs: Number.POSITIVE_INFINITY };
      const { predictMs } = costs;
      const part = { kind: "sample" } as const;
      this.#worker.putFirst(this.#createEntry({ index, part, request, predictMs }));
    }
  }
}

/** The parts' answers as one; when one fails the rest is not waited for and, where still queued, not run. */
async function answerOf(entries: readonly Entry[]): Promise<Outcome<InferenceAnswer>> {
  let failure: ReturnType<typeof failed> | undefined;
  const outcomes = await Promise.all(
    entries.map(async ({ answer, part }, at) => {
      const outcome = await answer;
      if (outcome.ok || failure !== undefined) return outcome;
      failure = entries.length > 1 && part.kind === "inputs" ? placed(outcome, at) : outcome;
      for (const other of entries) other.settle(outcome);
      return outcome;
    }),
  );
  return (
    failure ??
    success(joinAnswers(outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []))))
  );
}

const OF_ONE_INPUT: readonly FailureKind[] = [
  "rejected-input",
  "invalid-input",
  "inference-failed",
];

/** Of several inputs, which. */
function placed(outcome: ReturnType<typeof failed>, at: number): ReturnType<typeof failed> {
  const { kind, detail, ...more } = outcome.failure;
  return OF_ONE_INPUT.includes(kind) ? failed(kind, `instances[${at}]: ${detail}`, more) : outcome;
}

/** A turn that runs again after a failed batch must say the same again. */
function seeded(input: InferenceInput): InferenceInput {
  if (input.kind !== "turn" || input.sampling?.seed !== undefined) return input;
  const seed = Math.floor(Math.random() * 2 ** 32);
  return { ...input, sampling: { ...input.sampling, seed } };
}

function emptyAnswer(model: LoadedModel, input: InferenceInput): InferenceAnswer | undefined {
  const nothing = { queueMs: 0, inferMs: 0 };
  if (input.kind === "inputs") {
    if (input.inputs.length > 0) return undefined;
    return { output: { kind: "predictions", predictions: [] }, ...nothing };
  }
  if (input.kind === "turn" || input.rows > 0 || model.batch === "none") return undefined;
  return { output: { kind: "tensors", tensors: emptyOutputs(model) }, ...nothing };
}
