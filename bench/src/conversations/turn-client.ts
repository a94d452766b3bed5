/** One turn with a model that adds: `x` to all that its conversation has said before. */
export interface Turn {
  readonly session: string;
  readonly x: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the answer to a turn says. */
export interface TurnAnswer {
  readonly session: string;
  readonly turn: number;
  readonly sum: number;
  readonly server: string;
}

export type TurnOutcome =
  | { readonly kind: "answered"; readonly answer: TurnAnswer; readonly retried: boolean }
  /** The connection, which had answered before, was closed without a byte: what a reload of NGINX may do. */
  | { readonly kind: "closed"; readonly detail: string }
  | { readonly kind: "failed"; readonly detail: string };

/** One client with one connection: one turn at a time, never sent again by itself. */
export interface TurnClient {
  take(turn: Turn): Promise<TurnOutcome>;
  close(): void;
}

/** The model's name; its files are testkit's `accumulatorFiles`. */
export const SUM = "sum";
