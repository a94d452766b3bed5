/**
 * Where conversations outlive their replica. Several replicas use one store; a turn that was answered is in it, once.
 *
 * Bytes handed over, in either direction, are not changed afterwards by either side.
 */
export type SessionStore = {
  readonly [Name in keyof StoreOperations]: (
    argument: Parameters<StoreOperations[Name]>[0],
  ) => Promise<StoreOutcome<ReturnType<StoreOperations[Name]>>>;
} & {
  /** As the last calls saw it, without asking: while it is down, calls are refused at once with this failure. */
  health(): StoreHealth;
  close(): Promise<void>;
};

/** What a store does; each call is atomic, and calls that gather while it is busy share a transaction. */
export interface StoreOperations {
  load(id: ConversationId): Conversation | undefined;

  /**
   * The turns of one batch in one transaction, each on its own condition: one that is not written spoils no other.
   *
   * A failure of the whole call says whether it may have been applied nevertheless. Then, as after a conflict, the
   * caller looks its key up (`findTurn`) and answers from that turn; only if there is none, it loads the conversation
   * and runs its turn on that.
   */
  commit(writes: readonly TurnWrite[]): readonly WriteResult[];

  /** A turn among the last `KEPT_TURNS` of its conversation, to answer a repeated one. */
  findTurn(of: { readonly id: ConversationId; readonly key: string }): StoredTurn | undefined;

  describe(id: ConversationId): ConversationSummary | undefined;

  /** Ordered by model and session id; at most `LIST_LIMIT`. */
  list(page: {
    readonly model?: string;
    readonly limit: number;
    readonly after?: ConversationId;
  }): readonly ConversationSummary[];

  /** Whether there was one. An old writer cannot bring it back, nor write into one that takes its id. */
  end(id: ConversationId): boolean;

  /** Ends a slice of those idle for longest, for some milliseconds at most: again while there are `more`. */
  expire(options: { readonly usedBefore: number; readonly limit: number }): {
    readonly ended: number;
    readonly more: boolean;
  };
}

/** Turns kept to answer repeated ones from, and the most that a restore replays. */
export const KEPT_TURNS = 64;

export const LIST_LIMIT = 1_000;

export interface ConversationId {
  readonly model: string;
  readonly session: string;
}

export interface ConversationSummary {
  readonly id: ConversationId;
  readonly turns: number;
  /** Milliseconds since 1970, from the clocks of the writers. */
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly stateBytes: number;
  /** Who wrote the last turn. */
  readonly serverId: string;
}

export interface Conversation extends ConversationSummary {
  /** What the next write expects. */
  readonly version: string;
  /** Missing: the state is the model's initial one, and `replay` begins with the first turn. */
  readonly snapshot: { readonly turn: number; readonly state: Uint8Array } | undefined;
  /** The turns after the snapshot, in order: run again, they give the present state. */
  readonly replay: readonly ReplayTurn[];
}

export interface ReplayTurn {
  /** 1, 2, … */
  readonly n: number;
  readonly input: Uint8Array;
  readonly answer: Uint8Array;
}

export interface StoredTurn {
  readonly n: number;
  readonly bodyHash: string;
  readonly answer: Uint8Array;
}

export interface TurnWrite {
  readonly id: ConversationId;
  /** As it was loaded or last written; null: the conversation must not exist. */
  readonly expectedVersion: string | null;
  /**
   * Fresh and random at each write, made by the writer. A turn number in its place would allow a conversation that
   * was ended and begun again to be overwritten by a replica with an old memory.
   */
  readonly newVersion: string;
  readonly turn: {
    readonly n: number;
    /** The turn's identity: unique among the last `KEPT_TURNS`. */
    readonly key: string;
    readonly bodyHash: string;
    readonly input: Uint8Array;
    readonly answer: Uint8Array;
  };
  /** The state after this turn. At least every `KEPT_TURNS`th write has one: without it that write is refused. */
  readonly snapshot?: Uint8Array;
  /** The writer's clock. */
  readonly at: number;
  readonly serverId: string;
}

export type WriteResult =
  | { readonly status: "written" }
  /** The conversation has another version, another number of turns, or does not exist: load it. */
  | { readonly status: "conflict" }
  /** The key is that of a turn already written. */
  | { readonly status: "applied"; readonly turn: StoredTurn }
  /** A limit of the store; `detail` names it. */
  | { readonly status: "refused"; readonly detail: string };

export type StoreOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: StoreFailure };

export interface StoreFailure {
  readonly reason:
    | "timeout"
    | "locked"
    | "full"
    | "unavailable"
    | "corrupt"
    /** Too many calls wait. */
    | "busy"
    | "closed"
    /** A defect of this program. */
    | "unexpected";
  /** For operators: what happened, where, how to mend it. */
  readonly detail: string;
  /** False: it was not begun and never will be. True: it may have been applied, or may yet be. */
  readonly mayBeApplied: boolean;
}

export type StoreHealth =
  | { readonly state: "up" }
  | { readonly state: "down"; readonly failure: StoreFailure };

export interface StoreLimits {
  readonly conversationsLimit: number;
  /** Of what is kept; a tenth is left to the conversations that exist when new ones are refused. */
  readonly bytesLimit: number;
}
