import type { Outcome } from "@flotilla/common/failure";
import type { Prediction, Sampling, TaskInput } from "../inference-request.ts";
import type { TaskContract } from "../task-contract.ts";
import type { Tensors } from "../tensor.ts";

/**
 * What answers inputs that are no tensors, for a whole batch at once: a model's runs, and what surrounds them. It lives
 * in the worker, where inference runs. Whoever wrote it, the project or a user, there is no other way in.
 */
export interface Task {
  readonly contract: TaskContract;
  /** The models that it asks, by name. */
  readonly uses: readonly string[];
  /** Inputs are cut to so many tokens; infinite where they are not texts. */
  readonly maxLength: number;
  /** What the start tries it with: the first, and the second beside it. */
  readonly examples: readonly [TaskInput, ...TaskInput[]];
  /** One of about so many tokens, to measure what length costs; undefined: all cost what the first example does. */
  readonly inputOfLength?: (tokens: number) => TaskInput;
  /** One answer for each, in their order. Throws what fails them all: the batch is tried again one by one. */
  answer(asked: readonly Asked[], tools: TaskTools): Promise<readonly TaskAnswer[]>;
}

export interface Asked {
  readonly input: TaskInput;
  /** Of a turn: the conversation's memory; undefined before the first. */
  readonly state?: Tensors | undefined;
  readonly sampling?: Sampling | undefined;
}

export interface TaskTools {
  /** Throws what ONNX Runtime throws. */
  run(inputs: Tensors): Promise<Tensors>;
  /** A piece of the answer at this position, told while it is made. */
  tell(position: number, piece: string): void;
}

export type TaskAnswer = Outcome<TaskResult>;

interface TaskResult {
  readonly prediction: Prediction;
  /** Of a turn: what the next one is given. */
  readonly state?: Tensors;
}
