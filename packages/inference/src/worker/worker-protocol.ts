import type { Failure } from "@flotilla/common/failure";
import type { CostSample } from "../cost-table.ts";
import type { InferenceInput, InferenceOutput } from "../inference-request.ts";
import type { LoadedModel } from "../loaded-model.ts";
import type { ModelSource } from "../model-source.ts";

/** `sample` is the model's own warm-up input, which stays in the worker: what idle inference runs. */
export type BatchPart = InferenceInput | { readonly kind: "sample" };

/** A part that its task refuses or fails at leaves the others of its batch alone. */
export type PartOutput = InferenceOutput | { readonly kind: "failure"; readonly failure: Failure };

/** What the main thread may say to the worker. At most one `run` is in flight. */
export type ToWorker =
  | { readonly type: "load"; readonly sources: readonly ModelSource[]; readonly limits: LoadLimits }
  | {
      readonly type: "run";
      /** A position in `loaded`'s models. */
      readonly model: number;
      /** All of one kind; turns all with inputs or all with tensors. */
      readonly parts: readonly BatchPart[];
      /** Positions of the parts whose replies are listened to: for them alone is anything `said`. */
      readonly listened: readonly number[];
    };

/** What the worker answers. Errors cross as text: a structured clone drops an Error's own fields. */
export type FromWorker =
  /** A step of the start begins, and ends; steps may stand in others. The main thread bounds them: this one cannot. */
  | { readonly type: "begins"; readonly bound: StartBound }
  | { readonly type: "ends" }
  | {
      readonly type: "loaded";
      readonly models: readonly WorkerModel[];
      readonly problems: readonly string[];
    }
  /** While it runs: what the reply at this position grew by. */
  | { readonly type: "said"; readonly position: number; readonly piece: string }
  | {
      readonly type: "completed";
      readonly outputs: readonly PartOutput[];
      /** What the cost table learns: by the same clock as the warm-up's. */
      readonly costMs: number;
      /** What a user's handler took of the batch, where there is one. */
      readonly handlerMs: number | undefined;
    }
  /** A user's code threw where nobody waited for it, in a timer or a promise: it is told, and nothing ends. */
  | { readonly type: "stray"; readonly report: string }
  | { readonly type: "failed"; readonly message: string };

/** How long a step of the start may take, and what is said if it takes longer. */
export interface StartBound {
  readonly ms: number;
  readonly problem: string;
}

export interface LoadLimits {
  /** ONNX Runtime's threads for each model that does not name its own number. */
  readonly threads: number;
  /** Rows of one batch, for each model that does not want fewer. */
  readonly batchLimit: number;
}

export interface WorkerModel {
  readonly model: LoadedModel;
  /** Whether rows of different requests may share a run: observe-batching.ts. */
  readonly mixes: boolean;
  /** Texts are cut to this many tokens; no length is estimated above it. */
  readonly maxLength: number;
  readonly runTimeoutMs: number;
  readonly costs: readonly CostSample[];
  /** How long the sample took. */
  readonly sampleMs: number;
}
