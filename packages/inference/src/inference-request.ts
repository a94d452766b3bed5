import type { Data } from "@flotilla/handler";
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
  /** Shares no run: another replica may have ended because of it. */
  readonly alone?: boolean;
  /** Told a conversation's reply while it is made: the pieces, joined, are its text. Not called after the answer. */
  readonly onToken?: (text: string) => void;
}

export type InferenceInput = Question | Turn;

export type Question =
  /** For the model's task, which makes one prediction of each. */
  | { readonly kind: "inputs"; readonly inputs: readonly TaskInput[] }
  /** Every tensor with all its dimensions; `rows` is the batch dimension, 1 for a model without one. */
  | { readonly kind: "tensors"; readonly tensors: Tensors; readonly rows: number };

/** JSON that the task's schema has let through, or the bytes of a media type that it accepts. */
export type TaskInput = Readonly<Record<string, unknown>> | Data;

/** What the built-in tasks take. */
export interface TextInput extends Readonly<Record<string, unknown>> {
  readonly text: string;
}

/** One turn with a stateful model. It keeps nothing: whoever asks gives the state, and gets the next. */
export interface Turn {
  readonly kind: "turn";
  /** One input, or the tensors of one row. */
  readonly question: Question;
  /** What the turn before was answered with; undefined: the conversation begins. */
  readonly state: Tensors | undefined;
  readonly sampling?: Sampling;
}

/** How a reply's words are drawn. */
export interface Sampling {
  /** 0: always the likeliest; the higher, the more chance. Instead of model.yaml's. */
  readonly temperature?: number | undefined;
  /** A whole number from 0: the same again gives the same reply, whoever shares the run. Without it, any. */
  readonly seed?: number | undefined;
}

export interface InferenceAnswer {
  readonly output: InferenceOutput;
  readonly queueMs: number;
  /** The whole batch, a handler's own time in it. */
  readonly inferMs: number;
  /** What a user's handler took of it. */
  readonly handlerMs?: number | undefined;
}

export type InferenceOutput = (
  | /** One for each input. */
  { readonly kind: "predictions"; readonly predictions: readonly Prediction[] }
  | { readonly kind: "tensors"; readonly tensors: Tensors }
) & {
  /** Of a turn, and always there: what the conversation's next turn is given. */
  readonly state?: Tensors;
};

export type Prediction =
  | {
      readonly kind: "classification";
      readonly label: string;
      readonly score: number;
      readonly scores: Readonly<Record<string, number>>;
    }
  | { readonly kind: "embedding"; readonly embedding: Float32Array }
  /** What a conversation says. */
  | { readonly kind: "reply"; readonly text: string }
  /** What a user's handler gives, as JSON text. */
  | { readonly kind: "json"; readonly json: string };
