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

export function createEntry(options: {
  readonly model: number;
  readonly part: BatchPart;
  readonly alone: boolean;
  readonly maxLength: number;
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onToken?: ((text: string) => void) | undefined;
  readonly predictMs: (rows: number, length: number) => number;
  readonly onSettled?: (entry: Entry) => void;
}): Entry {
  const { part, predictMs, maxLength, onToken, onSettled, model, deadlineMs, signal } = options;
  const { rows, length, shapes } = measure(part, maxLength);
  const { promise, resolve } = Promise.withResolvers<Outcome<InferenceAnswer>>();
  let settled = false;
  let told = 0;
  const entry: Entry = {
    model,
    part,
    deadlineMs,
    signal,
    rows,
    length,
    alone: options.alone || (holdsInput(part) && length >= maxLength),
    key: `${model} ${part.kind}${shapes}`,
    aloneMs: predictMs(rows, length),
    enqueuedAt: performance.now(),
    answer: promise,
    get settled() {
      return settled;
    },
    settle(outcome) {
      if (settled) return;
      settled = true;
      onSettled?.(entry);
      resolve(outcome);
    },
    listen() {
      if (onToken === undefined) return undefined;
      let heard = 0;
      return (piece) => {
        heard += piece.length;
        // After a failed batch the turn runs again, and says what it has said before.
        const fresh = heard - told;
        if (settled || fresh <= 0) return;
        told = heard;
        onToken(piece.slice(-fresh));
      };
    },
  };
  return entry;
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
