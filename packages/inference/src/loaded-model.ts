import type { TensorSpec } from "./tensor.ts";

export type TaskName = "tensor" | "text-classification" | "embedding";

/** One version of a model, as the worker loaded it. */
export interface LoadedModel {
  readonly name: string;
  readonly version: number;
  readonly task: TaskName;
  /** What model.yaml says of it, for whoever lists the models. */
  readonly description?: string | undefined;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /**
   * `dynamic`: the first dimension of every input and output is variable, so requests share a batch. A number: the
   * ONNX file fixes it. `none`: some input is a scalar or has no common first dimension.
   */
  readonly batch: "dynamic" | "none" | number;
  readonly maxBatch: number;
}
