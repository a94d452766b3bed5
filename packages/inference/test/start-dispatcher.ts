import type { Outcome } from "@flotilla/common/failure";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { Dispatcher } from "../src/dispatcher.ts";
import type { InferenceAnswer, InferenceRequest } from "../src/inference-request.ts";
import type { InlineRunner } from "../src/inline-runner.ts";
import type { Batch } from "../src/lane.ts";
import type { LoadedModel } from "../src/loaded-model.ts";
import type { Tensors } from "../src/tensor.ts";
import type { BatchResult } from "../src/worker/worker-host.ts";
import type { BatchPart, WorkerModel } from "../src/worker/worker-protocol.ts";
import { quietLogger } from "./quiet-logger.ts";

const SPEC = { datatype: "FP32", shape: [-1], symbols: ["rows"] } as const;
export const MODEL: LoadedModel = {
  name: "echo",
  version: 1,
  task: "tensor",
  inputs: [{ name: "x", ...SPEC }],
  outputs: [{ name: "x", ...SPEC }],
  state: [],
  batch: "dynamic",
  maxBatch: 4,
};
/** Four rows cost hardly more than one. */
export const WORKER_MODEL: WorkerModel = {
  model: MODEL,
  mixes: true,
  maxLength: 128,
  runTimeoutMs: 5_000,
  costs: [
    { rows: 1, length: 1, ms: 10 },
    { rows: 4, length: 1, ms: 11 },
  ],
  sampleMs: 1,
};

export interface PendingRun {
  readonly parts: readonly BatchPart[];
  readonly runTimeoutMs: number;
  /** Positions of the parts whose replies somebody listens to. */
  readonly listened: readonly number[];
  say(position: number, piece: string): void;
  /** Every part is answered with its own tensors. */
  complete(): void;
  fail(message: string): void;
  hang(): void;
}

/** A worker that runs until it is told how the run ended, and a clock that stands still until it is told. */
export function startDispatcher(
  options: {
    readonly models?: readonly WorkerModel[];
    readonly limits?: { readonly queueLimit?: number; readonly maxQueueMs?: number };
    readonly onRun?: (parts: readonly BatchPart[]) => void;
    readonly inline?: InlineRunner;
    /** At once unless told. */
    readonly defer?: (next: () => void) => void;
    /** No batch waits for company unless told. */
    readonly companyMs?: number;
  } = {},
) {
  const runs: PendingRun[] = [];
  const batches: Batch[] = [];
  const clock = { now: 1_000_000 };
  const dispatcher = new Dispatcher({
    models: options.models ?? [WORKER_MODEL],
    worker: {
      run({ parts, runTimeoutMs, listeners = new Map() }) {
        options.onRun?.(parts);
        const { promise, resolve } = Promise.withResolvers<BatchResult>();
        runs.push({
          parts,
          runTimeoutMs,
          listened: [...listeners.keys()],
          say: (position, piece) => listeners.get(position)?.(piece),
          complete: () => resolve({ ok: true, outputs: parts.map(echo) }),
          fail: (message) => resolve({ ok: false, message }),
          hang: () => resolve({ ok: false, message: "it took too long", hangs: true }),
        });
        return promise;
      },
    },
    inline: options.inline,
    defer: options.defer ?? ((next) => next()),
    companyMs: options.companyMs ?? 0,
    limits: { batchLimit: 256, queueLimit: 1_024, maxQueueMs: 60_000, ...options.limits },
    logger: quietLogger,
    onBatch: (batch) => batches.push(batch),
    now: () => clock.now,
  });
  const infer = (values: readonly number[], more: Partial<InferenceRequest> = {}) =>
    dispatcher.infer({
      model: "echo",
      version: 1,
      input: { kind: "tensors", tensors: tensorsOf(values), rows: values.length },
      deadlineMs: clock.now + 30_000,
      ...more,
    });
  const run = (at: number) => waitUntil(`run ${at}`, () => runs[at]) as Promise<PendingRun>;
  return { dispatcher, runs, batches, clock, infer, run };
}

function tensorsOf(values: readonly number[]): Tensors {
  return { x: { datatype: "FP32", shape: [values.length], data: Float32Array.from(values) } };
}

function echo(part: BatchPart) {
  return { kind: "tensors", tensors: part.kind === "tensors" ? part.tensors : {} } as const;
}

export function valuesOf(part: BatchPart): readonly number[] {
  return part.kind === "tensors" ? Array.from(part.tensors["x"]?.data as Float32Array) : [];
}

export function answered(outcome: Outcome<InferenceAnswer>): readonly number[] | string {
  if (!outcome.ok) return outcome.failure.kind;
  const { output } = outcome.value;
  return output.kind === "tensors" ? Array.from(output.tensors["x"]?.data as Float32Array) : [];
}
