import type { Outcome } from "@flotilla/common/failure";
import type { Waiting } from "./choose-batch.ts";
import type { InferenceAnswer } from "./inference-request.ts";
import { inputLength } from "./input-length.ts";
import { elementCount } from "./tensor.ts";
import type { BatchPart } from "./worker/worker-protocol.ts";

/**
 * A part of a request that waits for its batch, or is in it. A text as long as the model takes, or longer, is alone:
 * company saves it nothing, and what a text that long costs the tokenizer is in no prediction.
 */
export interface Entry extends Waiting {
  readonly model: number;
  readonly part: BatchPart;
  readonly enqueuedAt: number;
  /** Milliseconds of `Date.now()`. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  /** What it was predicted to cost alone. */
  readonly aloneMs: number;
  alone: boolean;
  readonly settled: boolean;
  /** Answers the part; only the first call does anything. */
  settle(outcome: Outcome<InferenceAnswer>): void;
  readonly answer: Promise<Outcome<InferenceAnswer>>;
  /** For one run, which tells it the reply from its beginning; undefined where nobody listens. */
  listen(): ((piece: string) => void) | undefined;
}

interface EntryOptions {
  readonly model: number;
  readonly part: BatchPart;
  readonly alone: boolean;
  readonly maxLength: number;
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onToken?: ((text: string) => void) | undefined;
  readonly predictMs: (rows: number, length: number) => number;
  readonly onSettled?: (entry: Entry) => void;
}

export function createEntry(options: EntryOptions): Entry {
  return new WaitingEntry(options);
}

/** A class, for there is one for each request: its methods are made once. */
class WaitingEntry implements Entry {
  readonly model: number;
  readonly part: BatchPart;
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  readonly rows: number;
  readonly length: number;
  readonly key: string;
  readonly aloneMs: number;
  readonly enqueuedAt = performance.now();
  readonly answer: Promise<Outcome<InferenceAnswer>>;
  alone: boolean;
  settled = false;
  readonly #resolve: (outcome: Outcome<InferenceAnswer>) => void;
  readonly #onToken: EntryOptions["onToken"];
  readonly #onSettled: EntryOptions["onSettled"];
  #told = 0;

  constructor(options: EntryOptions) {
    const { part, maxLength, model } = options;
    const { rows, length, shapes } = measure(part, maxLength);
    this.model = model;
    this.part = part;
    this.deadlineMs = options.deadlineMs;
    this.signal = options.signal;
    this.rows = rows;
    this.length = length;
    this.alone = options.alone || (holdsInput(part) && length >= maxLength);
    this.key = `${model} ${part.kind}${shapes}`;
    this.aloneMs = options.predictMs(rows, length);
    const { promise, resolve } = Promise.withResolvers<Outcome<InferenceAnswer>>();
    this.answer = promise;
    this.#resolve = resolve;
    this.#onToken = options.onToken;
    this.#onSettled = options.onSettled;
  }

  settle(outcome: Outcome<InferenceAnswer>): void {
    if (this.settled) return;
    this.settled = true;
    this.#onSettled?.(this);
    this.#resolve(outcome);
  }

  listen() {
    const onToken = this.#onToken;
    if (onToken === undefined) return undefined;
    let heard = 0;
    return (piece: string) => {
      heard += piece.length;
      // After a failed batch the turn runs again, and says what it has said before.
      const fresh = heard - this.#told;
      if (this.settled || fresh <= 0) return;
      this.#told = heard;
      onToken(piece.slice(-fresh));
    };
  }
}

function holdsInput(part: BatchPart): boolean {
  return (part.kind === "turn" ? part.question : part).kind === "inputs";
}

interface Measured {
  readonly rows: number;
  readonly length: number;
  readonly shapes: string;
}

function measure(part: BatchPart, maxLength: number): Measured {
  switch (part.kind) {
    case "turn": {
      const question = measure(part.question, maxLength);
      return { ...question, shapes: ` ${part.question.kind}${question.shapes}` };
    }
    case "sample":
      return { rows: 1, length: 1, shapes: "" };
    case "inputs": {
      const lengths = part.inputs.map((input) => inputLength(input, maxLength));
      return { rows: lengths.length, length: Math.max(0, ...lengths), shapes: "" };
    }
    case "tensors": {
      let length = 0;
      let shapes = "";
      for (const name of Object.keys(part.tensors).sort()) {
        const [, ...row] = part.tensors[name]?.shape ?? [];
        length += elementCount(row);
        shapes += ` ${name}:${row.join("x")}`;
      }
      return { rows: part.rows, length, shapes };
    }
  }
}
