import type { Datatype } from "./datatype.ts";
import { allocateData, elementCount, type Tensors } from "./tensor.ts";

/** A pair that carries a conversation's memory: what the output gives in one turn is the next turn's input. */
export interface StateSpec {
  readonly input: string;
  readonly output: string;
  readonly datatype: Datatype;
  /** Of one conversation: the batch dimension, which stands first, is 1. */
  readonly shape: readonly number[];
  /** Every element before the first turn. */
  readonly initial: number;
  /** What one conversation's takes in memory. */
  readonly bytes: number;
}

/** What a conversation begins with. States go by the inputs' names. */
export function initialState(specs: readonly StateSpec[]): Tensors {
  return Object.fromEntries(
    specs.map(({ input, datatype, shape, initial }) => {
      const data = allocateData(datatype, elementCount(shape));
      if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
        data.fill(BigInt(initial));
      } else {
        (data as Float32Array).fill(initial);
      }
      return [input, { datatype, shape, data }];
    }),
  );
}

/** A run's outputs apart: what a client gets, and by the inputs' names what the next turn does. */
export function takeState(
  specs: readonly StateSpec[],
  outputs: Tensors,
): { readonly answer: Tensors; readonly state: Tensors } {
  const inputOf = new Map(specs.map(({ input, output }) => [output, input]));
  const answer: Record<string, Tensors[string]> = {};
  const state: Record<string, Tensors[string]> = {};
  for (const [name, tensor] of Object.entries(outputs)) {
    const input = inputOf.get(name);
    if (input === undefined) answer[name] = tensor;
    else state[input] = tensor;
  }
  return { answer, state };
}

/** A state may be from before the model was changed, and rows of two sizes would run into each other. */
export function stateProblem(specs: readonly StateSpec[], state: Tensors): string | undefined {
  for (const { input, datatype, shape } of specs) {
    const tensor = state[input];
    const fits =
      tensor?.datatype === datatype &&
      `${tensor.shape}` === `${shape}` &&
      tensor.data.length === elementCount(shape);
    if (!fits) return `the conversation's ${input} is not ${datatype} [${shape.join(", ")}]`;
  }
  return undefined;
}
