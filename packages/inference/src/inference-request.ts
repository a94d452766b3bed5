import type { Tensors } from "./tensor.ts";

/** What one request asks of a model, parsed and checked: past this point nothing is validated again. */
export interface InferenceRequest {
  readonly model: string;
  readonly version: number;
  readonly input: InferenceInput;
  /** Absolute, in milliseconds of `Date.now()`. */
  readonly deadlineMs: number;
  /** Aborted when the client goes away. */
  readonly signal?: AbortSignal;
}

export type InferenceInput =
  | { readonly kind: "texts"; readonly texts: readonly string[] }
  /** Every tensor with all its dimensions; `rows` is the batch dimension, 1 for a model without one. */
  | { readonly kind: "tensors"; readonly tensors: Tensors; readonly rows: number };

export interface InferenceAnswer {
  readonly output: InferenceOutput;
  readonly queueMs: number;
  readonly inferMs: number;
}

export type InferenceOutput =
  /** One for each text. */
  | { readonly kind: "predictions"; readonly predictions: readonly Prediction[] }
  | { readonly kind: "tensors"; readonly tensors: Tensors };

export type Prediction =
  | {
      readonly kind: "classification";
      readonly label: string;
      readonly score: number;
      readonly scores: Readonly<Record<string, number>>;
    }
  | { readonly kind: "embedding"; readonly embedding: Float32Array };
