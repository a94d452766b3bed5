import type { StateSpec } from "./state.ts";
import type { TaskContract } from "./task-contract.ts";
import type { TensorSpec } from "./tensor.ts";

export type TaskName = "tensor" | "text-classification" | "embedding" | "conversation" | "handler";

/** One version of a model, as the worker loaded it. */
export interface LoadedModel {
  readonly name: string;
  readonly version: number;
  readonly task: TaskName;
  /** What model.yaml says of it, for whoever lists the models. */
  readonly description?: string | undefined;
  /** What its task takes; undefined: its own tensors alone. */
  readonly takes?: TaskContract | undefined;
  /** The model's own tensors, without the state. */
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** What carries a conversation's memory from turn to turn; a model without any is asked, not talked with. */
  readonly state: readonly StateSpec[];
  /**
   * `dynamic`: the first dimension of every input and output is variable, so requests share a batch. A number: the
   * ONNX file fixes it. `none`: some input is a scalar or has no common first dimension.
   */
  readonly batch: "dynamic" | "none" | number;
  readonly maxBatch: number;
}
