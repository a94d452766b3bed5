import type { TSchema } from "@sinclair/typebox";
import type { ExampleFile, MediaType, SetupContext } from "./define-handler.ts";
import type { Tensors } from "./tensor.ts";

/**
 * A handler as Flotilla runs it, whatever the model: the built-in tasks are written so, too. Which of the steps there
 * are is checked when it is loaded.
 */
export interface Handler<Input = unknown, Resources = unknown> {
  readonly input?: TSchema;
  readonly accepts?: readonly MediaType[];
  readonly output?: TSchema;
  readonly examples: readonly (Input | ExampleFile)[];
  readonly uses?: readonly string[];
  setup?(context: SetupContext): unknown;
  preprocess?(input: Input, context: StepContext<Resources>): Tensors | Promise<Tensors>;
  preprocessBatch?(
    inputs: readonly Input[],
    context: StepContext<Resources>,
  ): Tensors | Promise<Tensors>;
  postprocess?(outputs: Tensors, context: AfterContext<Input, Resources>): unknown;
  postprocessBatch?(
    outputs: Tensors,
    context: AfterBatchContext<Input, Resources>,
  ): readonly unknown[] | Promise<readonly unknown[]>;
  predict?(input: Input, context: StepContext<Resources>): unknown;
}

export interface StepContext<Resources = unknown> extends SetupContext {
  readonly resources: Resources;
  readonly state: Tensors;
  predict(model: string, input: unknown): Promise<unknown>;
}

interface AfterContext<Input = unknown, Resources = unknown> extends StepContext<Resources> {
  readonly input: Input;
  readonly tensors: Tensors;
  readonly nextState: Record<string, Tensors[string]>;
}

interface AfterBatchContext<Input = unknown, Resources = unknown> extends StepContext<Resources> {
  readonly inputs: readonly Input[];
  readonly tensors: Tensors;
}
