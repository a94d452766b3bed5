import type { TaskName } from "./loaded-model.ts";

/**
 * One version of a model as it lies on disk, before anything is loaded: plain data, since it is sent to the worker.
 * Paths are absolute. What is absent was not said, and the worker takes it from the ONNX file or a default.
 */
export interface ModelSource {
  readonly name: string;
  readonly version: number;
  readonly task: TaskName;
  readonly description?: string | undefined;
  /** The folder of this version: the model's own folder where it has no version folders. */
  readonly folder: string;
  /** Where the model's `model.yaml` lies, or would: for what only the worker finds wrong in it. */
  readonly manifestFile: string;
  /** Undefined: a handler without a model of its own. */
  readonly onnxFile?: string | undefined;
  /** Always there for task `handler`. */
  readonly handler?: HandlerSource | undefined;
  /** Always there for every task but `tensor`. */
  readonly tokenizerFile?: string | undefined;
  readonly tokenizerConfigFile?: string | undefined;
  /** In the order of the output; absent: as Hugging Face has it, `LABEL_0`, `LABEL_1`, … */
  readonly labels?: readonly string[] | undefined;
  /** Scores by sigmoid, each label for itself, instead of softmax over all. */
  readonly multiLabel: boolean;
  /** Absent: decided by the output's rank. */
  readonly pooling?: Pooling | undefined;
  readonly normalize?: boolean | undefined;
  /** Tokens of one text: the manifest's, else the least of what the tokenizer and the configuration allow. */
  readonly maxLength?: number | undefined;
  /** A run that takes longer ends the process. */
  readonly runTimeoutMs: number;
  /** Rows of one batch, where the manifest wants fewer than the replica's `batch_limit`. */
  readonly maxBatch?: number | undefined;
  /** Whether requests share a run; absent, or auto: observe-batching.ts decides. */
  readonly mix?: "auto" | "always" | "never" | undefined;
  /** Instead of the replica's thread budget. */
  readonly threads?: number | undefined;
  /** Session configuration entries, by ONNX Runtime's names. */
  readonly onnxruntime?: Readonly<Record<string, string>> | undefined;
  readonly warmUp?: WarmUp | undefined;
  readonly state?: readonly StatePair[] | undefined;
  /** Always there for `conversation`. */
  readonly conversation?: ConversationSource | undefined;
}

/** A user's own `handler.ts`. */
export interface HandlerSource {
  readonly file: string;
  /** Its imports and its `setup` together. */
  readonly setupTimeoutMs: number;
}

/** A pair of an input and an output that carries a conversation's memory. */
export interface StatePair {
  readonly input: string;
  readonly output: string;
  readonly initial: number;
  /** Where model.yaml says each, for what only the worker finds wrong in it. */
  readonly at: Readonly<Record<"input" | "output" | "initial", string>>;
}

export interface ConversationSource {
  /** What stands before and after a turn's text, and the token that ends a reply. */
  readonly before: string;
  readonly after: string;
  readonly end: string;
  readonly readEnd: boolean;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly at: Readonly<Record<"before" | "after" | "end", string>>;
}

export type Pooling = "none" | "mean" | "cls";

/** What the first real inference is made with; inputs are nested arrays with every dimension, as in JSON. */
interface WarmUp {
  readonly text?: string | undefined;
  readonly inputs?: Readonly<Record<string, unknown>> | undefined;
}
