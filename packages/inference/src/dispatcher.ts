import { type FailureKind, failed, type Outcome, success } from "@flotilla/common/failure";
import type { Logger } from "@flotilla/common/logger";
import { checkInput } from "./check-input.ts";
import { type CostTable, createCostTable } from "./cost-table.ts";
import type { ModelHealth } from "./engine.ts";
import { createEntry, type Entry } from "./entry.ts";
import type { InferenceAnswer, InferenceInput, InferenceRequest } from "./inference-request.ts";
import { emptyOutputs } from "./instances.ts";
import type { LoadedModel } from "./loaded-model.ts";
import { createHealthRecord, type HealthRecord } from "./model-health.ts";
import { createRequestQueue, type RequestQueue, settleDead, whyDead } from "./request-queue.ts";
import { joinAnswers, splitRequest } from "./split-request.ts";
import type { BatchResult, WorkerHost } from "./worker/worker-host.ts";
import type { BatchPart, WorkerModel } from "./worker/worker-protocol.ts";

/** A batch that ran, for the metrics. */
export interface Batch {
  readonly model: string;
  readonly rows: number;
  readonly queueSeconds: readonly number[];
  readonly inferSeconds: number;
  /** What a user's handler took of it. */
  readonly handlerSeconds?: number;
}

export interface DispatcherOptions {
  readonly models: readonly WorkerModel[];
  readonly worker: Pick<WorkerHost, "run">;
  readonly limits: {
    readonly batchLimit: number;
    readonly queueLimit: number;
    readonly maxQueueMs: number;
  };
  readonly logger: Logger;
  readonly onBatch: (batch: Batch) => void;
  /** What deadlines and probes go by, in milliseconds; `Date.now` unless a test has its own. */
  readonly now?: () => number;
}

/** How exactly deadlines and departures are noticed: one timer for all requests instead of one each. */
const SWEEP_MS = 20;

/** A reply takes many small runs, and company costs each of them little: here waiting twice as long is worth it. */
const REPLY_STRETCH = 2;

const PROBE_CHECK_MS = 250;

interface Model extends Omit<WorkerModel, "costs"> {
  readonly costs: CostTable;
  readonly health: HealthRecord;
}

interface Run {
  readonly batch: readonly Entry[];
  readonly owner: Model;
  readonly rows: number;
  readonly length: number;
  readonly since: number;
  readonly predictedMs: number;
  /** What it may well take: a reply's length is anybody's guess, and a long one is no sign that the model hangs. */
  readonly patienceMs: number;
}

/**
 * Puts requests into batches for the worker: while it runs one, requests gather; the moment it is free it gets the
 * best next one. There is no timer for that, so a lone request never waits. It lives as long as the process, as the
 * worker does.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #now: () => number;
  readonly #models: readonly Model[];
  readonly #queue: RequestQueue;
  readonly #open = new Set<Entry>();
  #running: Run | undefined;
  /** A batch's time ÷ what its requests would have taken alone: what batching saves, as seen lately. */
  #efficiency = 1;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#queue = createRequestQueue(options.limits);
    this.#models = options.models.map((loaded) => ({
      ...loaded,
      costs: createCostTable(loaded.costs),
      health: createHealthRecord({ ...loaded.model, at: this.#now(), ms: loaded.sampleMs }),
    }));
    for (const { model, mixes } of this.#models) {
      if (mixes || model.batch !== "dynamic") continue;
      const why =
        "its answers would depend on what shares the run; batching.mix in model.yaml decides";
      options.logger.info({ model: model.name, version: model.version, why }, "requests run alone");
    }
    setInterval(() => this.#sweep(this.#now()), SWEEP_MS).unref();
    setInterval(() => this.#probeIdleModels(this.#now()), PROBE_CHECK_MS).unref();
  }

  /** Requests queued or running, a request of several parts counted as its parts. */
  get inFlight(): number {
    return this.#open.size;
  }

  health(): readonly ModelHealth[] {
    return this.#models.map((model) => this.#report(model));
  }

  async infer(request: InferenceRequest): Promise<Outcome<InferenceAnswer>> {
    const owner = this.#models.find(
      ({ model }) => model.name === request.model && model.version === request.version,
    );
    if (owner === undefined) throw new Error("a request names a model that find() did not give");
    const { error } = this.#report(owner);
    if (error !== undefined) return failed("not-ready", `the model is failing: ${error}`);
    const wrong = checkInput(owner.model, request.input, this.#options.limits.batchLimit);
    if (wrong !== undefined) return wrong;
    const empty = emptyAnswer(owner.model, request.input);
    if (empty !== undefined) return success(empty);
    const now = this.#now();
    const dead = whyDead(request, now);
    if (dead !== undefined) return dead;

    const entries = splitRequest(seeded(request.input), owner.model).map((part) =>
      this.#createEntry(owner, part, request),
    );
    const estimatedWaitMs = this.#estimatedWaitMs();
    const admitted = this.#queue.admit({ entries, estimatedWaitMs, now });
    if (!admitted.ok) return admitted;
    for (const entry of entries) {
      this.#open.add(entry);
      void entry.answer.then(() => this.#open.delete(entry));
    }
    void this.#pump();
    return await answerOf(entries);
  }

  #createEntry(
    owner: Model,
    part: BatchPart,
    request: Pick<InferenceRequest, "deadlineMs" | "signal" | "onToken" | "alone">,
  ): Entry {
    const { mixes, maxLength, costs } = owner;
    return createEntry({
      model: this.#models.indexOf(owner),
      part,
      alone: !mixes || part.kind === "sample" || request.alone === true,
      maxLength,
      deadlineMs: request.deadlineMs,
      signal: request.signal,
      onToken: request.onToken,
      predictMs: costs.predictMs,
    });
  }

  #estimatedWaitMs(): number {
    const running = this.#running;
    const runningMs =
      running === undefined ? 0 : running.predictedMs - (performance.now() - running.since);
    return Math.max(0, runningMs) + this.#queue.backlogMs * this.#efficiency;
  }

  #report({ health }: Model): ModelHealth {
    return health.report(this.#now(), this.#running?.patienceMs ?? 0);
  }

  async #pump(): Promise<void> {
    if (this.#running !== undefined) return;
    this.#queue.dropDead(this.#now());
    const batch = this.#queue.takeBatch((index) => ({
      maxRows: this.#modelAt(index).model.maxBatch,
      predictMs: this.#modelAt(index).costs.predictMs,
      stretch: this.#modelAt(index).model.task === "conversation" ? REPLY_STRETCH : 1,
    }));
    const [first] = batch;
    if (first === undefined) return;
    const run = this.#begin(batch, this.#modelAt(first.model));
    const parts = batch.map(({ part }) => part);
    const { runTimeoutMs } = run.owner;
    const listeners = this.#listenersOf(batch);
    const result = await this.#options.worker.run({
      model: first.model,
      parts,
      runTimeoutMs,
      listeners,
    });
    if (!result.ok && result.hangs === true) {
      this.#giveUp(run, result.message);
      return;
    }
    this.#running = undefined;
    if (result.ok) this.#complete(run, result);
    else this.#fail(run, result.message);
    // After those who waited for this batch: when a part has failed, the others leave the queue first.
    queueMicrotask(() => void this.#pump());
  }

  #listenersOf(batch: readonly Entry[]): ReadonlyMap<number, (piece: string) => void> {
    const listeners = new Map<number, (piece: string) => void>();
    for (const [position, entry] of batch.entries()) {
      const listener = entry.listen();
      if (listener === undefined) continue;
      listeners.set(position, (piece) => {
        try {
          listener(piece);
        } catch (error) {
          // One client's broken stream must not silence the replies to the others.
          listeners.delete(position);
          this.#options.logger.error({ error }, "a reply's listener threw");
        }
      });
    }
    return listeners;
  }

  #begin(batch: readonly Entry[], owner: Model): Run {
    const rows = batch.reduce((sum, entry) => sum + entry.rows, 0);
    const length = Math.max(...batch.map((entry) => entry.length));
    const predictedMs = owner.costs.predictMs(rows, length);
    const patienceMs = owner.model.task === "conversation" ? owner.runTimeoutMs / 2 : predictedMs;
    const since = performance.now();
    const run = { batch, owner, rows, length, since, predictedMs, patienceMs };
    this.#running = run;
    return run;
  }

  #complete(
    { batch, owner, rows, length, since }: Run,
    { outputs, costMs, handlerMs }: Extract<BatchResult, { readonly ok: true }>,
  ): void {
    const ms = performance.now() - since;
    owner.health.answered({ at: this.#now(), ms });
    if (batch[0]?.part.kind === "sample") {
      batch[0].settle(failed("cancelled", "a probe has nobody to answer"));
      return;
    }
    owner.costs.observe({ rows, length, ms: costMs ?? ms });
    const aloneMs = batch.reduce((sum, entry) => sum + entry.aloneMs, 0);
    if (aloneMs > 0) this.#efficiency += 0.1 * (Math.min(4, ms / aloneMs) - this.#efficiency);
    for (const [position, entry] of batch.entries()) {
      const output = outputs[position];
      if (output === undefined) throw new Error("the worker left a request without an answer");
      entry.settle(
        output.kind === "failure"
          ? { ok: false, failure: output.failure }
          : success({ output, queueMs: since - entry.enqueuedAt, inferMs: ms, handlerMs }),
      );
    }
    this.#options.onBatch({
      model: owner.model.name,
      rows,
      queueSeconds: batch.map(({ enqueuedAt }) => (since - enqueuedAt) / 1000),
      inferSeconds: ms / 1000,
      ...(handlerMs !== undefined && { handlerSeconds: handlerMs / 1000 }),
    });
  }

  /** One request's input can fail a whole batch: the others must not pay, so each runs again alone. */
  #fail({ batch, owner }: Run, message: string): void {
    if (batch.length > 1) {
      this.#queue.putBack(batch);
      return;
    }
    const { name, version } = owner.model;
    this.#options.logger.error({ model: name, version, error: message }, "a run failed");
    const [entry] = batch;
    if (entry?.part.kind === "sample") owner.health.failedProbe(`its probe failed: ${message}`);
    entry?.settle(failed("inference-failed", "the model failed on this input; the log says more"));
  }

  /**
   * The process ends. A request that hangs alone is answered: NGINX would bring it to the next replica, and so end
   * that one too. Of several nobody knows which it is, and the others deserve another try.
   */
  #giveUp({ batch, owner }: Run, message: string): void {
    const { name, version } = owner.model;
    this.#options.logger.error({ model: name, version, error: message }, "a run hangs");
    const [entry] = batch;
    if (batch.length === 1) {
      const detail = "the model did not end on this input; the log says more";
      entry?.settle(failed("inference-failed", detail));
    }
  }

  #sweep(now: number): void {
    settleDead(this.#open, now);
    this.#queue.dropDead(now);
  }

  #probeIdleModels(now: number): void {
    for (const owner of this.#models) {
      if (!owner.health.wantsProbe(now)) continue;
      owner.health.probeSent(now);
      // Without a deadline: how long it may take is the health record's to judge, and the run's own limit ends it.
      const forever = { deadlineMs: Number.POSITIVE_INFINITY };
      this.#queue.putFirst(this.#createEntry(owner, { kind: "sample" }, forever));
    }
    void this.#pump();
  }

  #modelAt(index: number): Model {
    const model = this.#models[index];
    if (model === undefined) throw new Error(`no model ${index}`);
    return model;
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
