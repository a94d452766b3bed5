import type { Outcome } from "@flotilla/common/failure";
import type { InferenceAnswer, InferenceRequest } from "./inference-request.ts";
import type { LoadedModel } from "./loaded-model.ts";

/** How one model stands; see docs/operating.md for what makes it ready. */
export interface ModelHealth {
  readonly name: string;
  readonly version: number;
  readonly ready: boolean;
  /** Milliseconds of `Date.now()`. */
  readonly lastInferenceAt: number;
  readonly lastInferenceMs: number;
  readonly error: string | undefined;
}

/** Models, the queue before them and the worker behind it: what both transports stand on. */
export interface Engine {
  /** Every version of every model, by name, then by version, the highest last. */
  readonly models: readonly LoadedModel[];
  /** The model that `/predict` without a name means. */
  readonly defaultModel: string | undefined;
  /** The default model where `name` is empty, and its highest version where `version` is; version: digits. */
  find(name: string, version: string): Outcome<LoadedModel>;
  infer(request: InferenceRequest): Promise<Outcome<InferenceAnswer>>;
  health(): readonly ModelHealth[];
  /** Requests queued or running. */
  readonly inFlight: number;
}
