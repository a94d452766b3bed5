import { failed, type Outcome, success } from "@flotilla/common/failure";
import { createMemory, type MemoryLimits } from "./conversation-memory.ts";
import type { RestoreReason } from "./restore-reason.ts";
import type { ConversationId, ConversationSummary, SessionStore } from "./session-store.ts";
import { storeFailed } from "./store-failed.ts";
import { type Place, takeTurn } from "./take-turn.ts";
import type { TakenTurn, Turn, TurnModel } from "./turn.ts";
import { createTurnOrder } from "./turn-order.ts";

/** The conversations of one replica. */
export interface Conversations<Input, Answer> {
  /** Turns of one conversation are taken one after the other, in the order of their arrival. */
  takeTurn(turn: Turn<Input>): Promise<Outcome<TakenTurn<Answer>>>;
  describe(id: ConversationId): Promise<Outcome<ConversationSummary>>;
  end(id: ConversationId): Promise<Outcome<undefined>>;
  /** What the store holds, of all replicas. */
  list(page: Parameters<SessionStore["list"]>[0]): Promise<Outcome<readonly ConversationSummary[]>>;
  /** Those in this replica's memory, and the bytes of their states. */
  readonly inMemory: { readonly conversations: number; readonly bytes: number };
}

export interface ConversationObserver {
  /** A turn found its conversation in this replica's memory. */
  hit(): void;
  restored(reason: RestoreReason): void;
  /** Somebody else had written meanwhile: the turn is taken again on what they wrote. */
  conflict(): void;
  repeated(): void;
}

export interface ConversationLimits extends MemoryLimits {
  /** Turns of one conversation that may wait for another. */
  readonly waitingTurnsLimit: number;
}

export function createConversations<Input, State, Answer>(options: {
  readonly store: SessionStore;
  readonly model: TurnModel<Input, State, Answer>;
  readonly serverId: string;
  readonly limits: ConversationLimits;
  readonly observer: ConversationObserver;
  readonly now?: () => number;
}): Conversations<Input, Answer> {
  const { store, limits, now = Date.now } = options;
  const memory = createMemory<State>({ limits, now });
  const order = createTurnOrder({ limit: limits.waitingTurnsLimit, now });
  const newVersion = () => crypto.randomUUID();
  const place: Place<Input, State, Answer> = { ...options, memory, newVersion, now };

  return {
    takeTurn: (turn) => order.next(turn, () => takeTurn(place, turn)),
    async describe(id) {
      const described = await store.describe(id);
      if (!described.ok) return storeFailed(described.failure);
      return described.value === undefined ? noConversation() : success(described.value);
    },
    async end(id) {
      memory.forget(id);
      const ended = await store.end(id);
      if (!ended.ok) return storeFailed(ended.failure);
      return ended.value ? success(undefined) : noConversation();
    },
    async list(page) {
      const listed = await store.list(page);
      return listed.ok ? listed : storeFailed(listed.failure);
    },
    get inMemory() {
      return memory.size;
    },
  };
}

function noConversation() {
  return failed("session-not-found", "there is no conversation with this id of this model");
}
