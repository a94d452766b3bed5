/** How one request ended, as its client saw it. */
export type Outcome =
  /** The right answer to this very request. `retried`: NGINX got it from a further replica. */
  | { readonly kind: "good"; readonly retried: boolean }
  /** Refused as overload should be: 429 or RESOURCE_EXHAUSTED, with the time after which to come again. */
  | { readonly kind: "overloaded" }
  /**
   * A connection that had answered before was closed without a byte of an answer to this request: what a reload of
   * NGINX does to a kept-alive connection just as its client writes.
   */
  | { readonly kind: "closed"; readonly detail: string }
  /** Any other answer that says no; a wrong, empty or unreadable answer; no whole answer. */
  | { readonly kind: "refused" | "wrong" | "broken"; readonly detail: string };

/** One client with one connection: one request at a time, never repeated by itself. */
export interface Connection {
  ask(question: Question): Promise<Outcome>;
  close(): void;
}

/** For a model with one input and one output: a vector, or a batch of one. */
export interface Question {
  readonly input: string;
  readonly output: string;
  readonly datatype: "FP32" | "INT64";
  readonly shape: readonly [number] | readonly [1, number];
  readonly values: readonly number[];
  readonly headers: Readonly<Record<string, string>>;
  isAnswer(values: readonly number[]): boolean;
}

/** Longer than the fleet's own deadline of 30 s and NGINX's margin of 5 s: who waits longer hangs. */
export const CLIENT_TIMEOUT_S = 40;
