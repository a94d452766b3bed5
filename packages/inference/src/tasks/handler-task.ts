import type { Outcome } from "@flotilla/common/failure";
import type { Handler, StepContext } from "@flotilla/handler";
import type { Prediction } from "../inference-request.ts";
import type { LoadedModel } from "../loaded-model.ts";
import { initialState } from "../state.ts";
import type { Tensors } from "../tensor.ts";
import type { Asked } from "./task.ts";

/** A handler with what its steps need to know. */
export interface HandlerTask {
  readonly handler: Handler;
  readonly model: Pick<LoadedModel, "name" | "inputs" | "state" | "batch">;
  readonly context: StepContext;
  /** What a step gave as a prediction; throws `WrongResult`. */
  readonly toPrediction: (value: unknown) => Prediction;
}

/** Inputs that share a run. */
export interface Group {
  readonly asked: readonly Asked[];
  /** Of each, in what was asked. */
  readonly positions: readonly number[];
  readonly tensors: Tensors;
}

/** A conversation's memory before its turn; nothing for a model without state. */
export function stateOf({ model }: HandlerTask, { state }: Asked): Tensors {
  return model.state.length === 0 ? {} : (state ?? initialState(model.state));
}

/** Of a step for several inputs at once; what it threw fails them all, and they are tried again one by one. */
export function ofAll<T>(made: Outcome<T>, asked: readonly Asked[]): Outcome<T> {
  if (made.ok || asked.length === 1) return made;
  throw new Error(made.failure.report ?? made.failure.detail);
}
