import type { Prediction } from "../inference-request.ts";
import type { Tensors } from "../tensor.ts";

/** What surrounds a model's run, for a whole batch at once. It runs in the worker, where inference runs. */
export interface Task {
  preprocess(texts: readonly string[]): Tensors;
  /** One prediction for each row; `inputs` is what `preprocess` made. */
  postprocess(outputs: Tensors, inputs: Tensors): readonly Prediction[];
}
