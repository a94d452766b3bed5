import type { Outcome } from "@flotilla/common/failure";
import type { ConversationId } from "./session-store.ts";

/** One message to a conversation. */
export interface Turn<Input> {
  readonly id: ConversationId;
  /** Its identity: sent again with the same key, it is answered and not taken again. */
  readonly key: string;
  readonly bodyHash: string;
  /** The number that it must get, where the client says so. */
  readonly expectedTurn?: number | undefined;
  readonly input: Input;
  /** Absolute, in milliseconds of `Date.now()`. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Pieces of an answer on its way: provisional, for the turn is taken only when it is in the store. */
  readonly onToken?: ((text: string) => void) | undefined;
}

export interface TakenTurn<Answer> {
  /** 1, 2, … */
  readonly turn: number;
  readonly answer: Answer;
  /** It had been taken before; this is the answer that it got then. */
  readonly repeated: boolean;
  /** The store has forgotten turns that this replica had seen written: the conversation went on from this one. */
  readonly restoredFromTurn: number | undefined;
  readonly storeMs: number;
}

/** What a conversation is made of; nothing in this package looks inside. */
export interface TurnModel<Input, State, Answer> {
  /** `state` undefined: the model's initial one. A failure leaves no trace. */
  run(
    turn: Pick<Turn<Input>, "id" | "input" | "deadlineMs" | "signal" | "onToken"> & {
      readonly state: State | undefined;
    },
  ): Promise<Outcome<{ readonly answer: Answer; readonly state: State }>>;
  readonly input: Codec<Input>;
  readonly answer: Codec<Answer>;
  readonly state: Codec<State> & { bytes(state: State): number };
}

interface Codec<T> {
  encode(value: T): Uint8Array;
  /** Undefined: damaged, or of a version that this program does not know. */
  decode(bytes: Uint8Array): T | undefined;
}
