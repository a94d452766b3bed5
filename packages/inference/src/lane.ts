import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { Logger } from "@flotilla/common/logger";
import type { CostTable } from "./cost-table.ts";
import type { Entry } from "./entry.ts";
import { createRequestQueue, type RequestQueue } from "./request-queue.ts";
import type { ServedModel } from "./served-model.ts";
import type { BatchResult, WorkerHost } from "./worker/worker-host.ts";

/** A batch that ran, for the metrics. */
export interface Batch {
  readonly model: string;
  readonly rows: number;
  readonly queueSeconds: readonly number[];
  readonly inferSeconds: number;
  /** What a user's handler took of it. */
  readonly handlerSeconds?: number;
}

export interface LaneOptions {
  readonly models: readonly ServedModel[];
  readonly run: WorkerHost["run"];
  /** What a model's batches take on this thread. */
  readonly costsOf: (model: ServedModel) => CostTable;
  /** Calls back when the batch is to be made, after a request has come to a lane that does nothing. */
  readonly defer: (next: () => void) => void;
  /** How long a batch may wait for as many as shared one lately; 0: it does not. */
  readonly companyMs: number;
  /** No batch is made that is predicted to take longer. */
  readonly longestBatchMs?: number | undefined;
  readonly limits: { readonly queueLimit: number; readonly maxQueueMs: number };
  readonly logger: Logger;
  readonly onBatch: (batch: Batch) => void;
  readonly now: () => number;
}

/** A reply takes many small runs, and company costs each of them little: here waiting twice as long is worth it. */
const REPLY_STRETCH = 2;

/** Turns of the event loop, of some microseconds each where nothing comes. */
const MOST_TURNS = 8;

/** How much of the company that a batch had is still expected when the next had less. */
const STILL_EXPECTED = 0.75;

interface Run {
  readonly batch: readonly Entry[];
  readonly owner: ServedModel;
  readonly rows: number;
  readonly length: number;
  readonly since: number;
  readonly predictedMs: number;
  /** What it may well take: a reply's length is anybody's guess, and a long one is no sign that the model hangs. */
  readonly patienceMs: number;
}

/**
 * The requests of one thread: while it runs a batch, requests gather; when it is free it gets the best next one. Those
 * whose answers have just gone out ask again within a moment, and what comes before them would run alone, each time: so
 * a batch waits that moment, where the last ones were shared. A lone request waits for nobody, but once after company.
 */
export class Lane {
  readonly #options: LaneOptions;
  readonly #queue: RequestQueue;
  #running: Run | undefined;
  #gathering = false;
  #awaiting: Timer | undefined;
  /** How many requests shared a batch lately. */
  #company = 0;
  /** A batch's time ÷ what its requests would have taken alone: what batching saves, as seen lately. */
  #efficiency = 1;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#queue = createRequestQueue(options.limits);
  }

  /** Requests that no batch has yet. */
  get waiting(): number {
    return this.#queue.waiting;
  }

  get patienceMs(): number {
    return this.#running?.patienceMs ?? 0;
  }

  /** `elsewhere`: what waits in other lanes, for they share one limit. */
  admit(entries: readonly Entry[], elsewhere: number): Outcome<undefined> {
    const estimatedWaitMs = this.#estimatedWaitMs();
    const now = this.#options.now();
    const admitted = this.#queue.admit({ entries, estimatedWaitMs, elsewhere, now });
    if (admitted.ok) this.#wake();
    return admitted;
  }

  /** Ahead of everything: a probe must not wait behind the load that it judges. */
  putFirst(entry: Entry): void {
    this.#queue.putFirst(entry);
    this.#wake();
  }

  /** What a model's batches take here. */
  costsOf(owner: ServedModel): CostTable {
    return this.#options.costsOf(owner);
  }

  dropDead(now: number): void {
    this.#queue.dropDead(now);
  }

  #estimatedWaitMs(): number {
    const running = this.#running;
    const runningMs =
      running === undefined ? 0 : running.predictedMs - (performance.now() - running.since);
    return Math.max(0, runningMs) + this.#queue.backlogMs * this.#efficiency;
  }

  #wake(): void {
    if (this.#running !== undefined || this.#gathering) return;
    if (this.#awaiting !== undefined) {
      if (this.#isShort()) return;
      clearTimeout(this.#awaiting);
      this.#awaiting = undefined;
    }
    this.#gathering = true;
    this.#gather(0, 0);
  }

  #isShort(): boolean {
    return this.#queue.waiting < this.#company && this.#queue.oldest?.alone === false;
  }

  #awaitCompany(companyMs: number): void {
    this.#awaiting = setTimeout(() => {
      this.#awaiting = undefined;
      // Nobody waits twice for those who do not come.
      this.#company = this.#queue.waiting;
      void this.#pump();
    }, companyMs);
  }

  /** Until a turn of the loop has brought nothing new: those that come together then share the batch. */
  #gather(seen: number, turns: number): void {
    this.#options.defer(() => {
      const { waiting } = this.#queue;
      if (waiting > seen && turns < MOST_TURNS) {
        this.#gather(waiting, turns + 1);
        return;
      }
      this.#gathering = false;
      const { companyMs } = this.#options;
      if (companyMs > 0 && this.#isShort()) this.#awaitCompany(companyMs);
      else void this.#pump();
    });
  }

  async #pump(): Promise<void> {
    if (this.#running !== undefined) return;
    const { run: runBatch, now, longestBatchMs } = this.#options;
    this.#queue.dropDead(now());
    const batch = this.#queue.takeBatch((index) => {
      const owner = this.#modelAt(index);
      const { task, maxBatch: maxRows } = owner.model;
      const stretch = task === "conversation" ? REPLY_STRETCH : 1;
      return { maxRows, predictMs: this.costsOf(owner).predictMs, stretch, longestBatchMs };
    });
    const [first] = batch;
    if (first === undefined) return;
    const run = this.#begin(batch, this.#modelAt(first.model));
    this.#company = Math.max(batch.length, this.#company * STILL_EXPECTED);
    const parts = batch.map(({ part }) => part);
    const { runTimeoutMs } = run.owner;
    const listeners = this.#listenersOf(batch);
    const result = await runBatch({ model: first.model, parts, runTimeoutMs, listeners });
    if (!result.ok && result.hangs === true) {
      this.#giveUp(run, result.message);
      return;
    }
    this.#running = undefined;
    if (result.ok) this.#complete(run, result);
    else this.#fail(run, result.message);
    // After those who waited for this batch: when a part has failed, the others leave the queue first.
    queueMicrotask(() => this.#wake());
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

  #begin(batch: readonly Entry[], owner: ServedModel): Run {
    let [rows, length] = [0, 0];
    for (const entry of batch) {
      rows += entry.rows;
      length = Math.max(length, entry.length);
    }
    const predictedMs = this.costsOf(owner).predictMs(rows, length);
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
    owner.health.answered({ at: this.#options.now(), ms });
    if (batch[0]?.part.kind === "sample") {
      batch[0].settle(failed("cancelled", "a probe has nobody to answer"));
      return;
    }
    this.costsOf(owner).observe({ rows, length, ms: costMs ?? ms });
    const aloneMs = batch.reduce((sum, entry) => sum + entry.aloneMs, 0);
    if (aloneMs > 0) this.#efficiency += 0.1 * (Math.min(4, ms / aloneMs) - this.#efficiency);
    for (let position = 0; position < batch.length; position++) {
      const [entry, output] = [batch[position] as Entry, outputs[position]];
      if (output === undefined) throw new Error("the batch left a request without an answer");
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

  #modelAt(index: number): ServedModel {
    const model = this.#options.models[index];
    if (model === undefined) throw new Error(`no model ${index}`);
    return model;
  }
}
