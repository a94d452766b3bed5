import type { Outcome } from "@flotilla/common/failure";
import type { Waiting } from "./choose-batch.ts";
import type { InferenceAnswer } from "./inference-request.ts";
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
}

export function createEntry(options: {
  readonly model: number;
  readonly part: BatchPart;
  readonly alone: boolean;
  readonly maxLength: number;
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  readonly predictMs: (rows: number, length: number) => number;
}): Entry {
  const { part, predictMs, maxLength, ...given } = options;
  const { rows, length, shapes } = measure(part, maxLength);
  const { promise, resolve } = Promise.withResolvers<Outcome<InferenceAnswer>>();
  let settled = false;
  return {
    ...given,
    part,
    rows,
    length,
    alone: given.alone || (part.kind === "texts" && length >= maxLength),
    key: `${given.model} ${part.kind} ${shapes}`,
    aloneMs: predictMs(rows, length),
    enqueuedAt: performance.now(),
    answer: promise,
    get settled() {
      return settled;
    },
    settle(outcome) {
      settled = true;
      resolve(outcome);
    },
  };
}

function measure(part: BatchPart, maxLength: number) {
  switch (part.kind) {
    case "sample":
      return { rows: 1, length: 1, shapes: "" };
    case "texts": {
      const longest = part.texts.reduce((most, { length }) => Math.max(most, length), 0);
      return { rows: part.texts.length, length: estimateTokens(longest, maxLength), shapes: "" };
    }
    case "tensors": {
      const rowShapes = Object.entries(part.tensors)
        .map(([name, { shape }]) => ({ name, shape: shape.slice(1) }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const length = rowShapes.reduce((sum, { shape }) => sum + elementCount(shape), 0);
      const shapes = rowShapes.map(({ name, shape }) => `${name}:${shape.join("x")}`).join(" ");
      return { rows: part.rows, length, shapes };
    }
  }
}

/** Tokens are made in the worker; four characters a token, and one at each end, is near enough to sort by. */
function estimateTokens(characters: number, maxLength: number): number {
  return Math.min(maxLength, Math.ceil(characters / 4) + 2);
}
