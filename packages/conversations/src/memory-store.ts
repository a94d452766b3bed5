import { judgeWrite, noRoom, type StoredVersion, tooManyConversations } from "./judge-write.ts";
import {
  type Conversation,
  type ConversationId,
  type ConversationSummary,
  KEPT_TURNS,
  LIST_LIMIT,
  type SessionStore,
  type StoredTurn,
  type StoreFailure,
  type StoreLimits,
  type StoreOperations,
  type TurnWrite,
  type WriteResult,
} from "./session-store.ts";
import { perform, storeFrom } from "./store-from.ts";

/** `memory:`: what one replica remembers, and no other; gone with its process. */
export function openMemoryStore(limits: StoreLimits): SessionStore {
  const operations = new MemoryOperations(limits);
  let closed: StoreFailure | undefined;
  return storeFrom({
    ask: async (request) =>
      closed === undefined
        ? { ok: true, value: perform(operations, request) }
        : { ok: false, failure: closed },
    health: () => (closed === undefined ? { state: "up" } : { state: "down", failure: closed }),
    close: async () => {
      closed = { reason: "closed", detail: "it is closed", mayBeApplied: false };
    },
  });
}

interface Remembered {
  readonly summary: ConversationSummary;
  readonly version: string;
  readonly snapshot: Conversation["snapshot"];
  readonly kept: readonly TurnWrite["turn"][];
}

class MemoryOperations implements StoreOperations {
  readonly #limits: StoreLimits;
  /** In the order of their last writes: the first one is idle for longest. */
  readonly #conversations = new Map<string, Remembered>();
  #bytes = 0;

  constructor(limits: StoreLimits) {
    this.#limits = limits;
  }

  load(id: ConversationId): Conversation | undefined {
    const found = this.#find(id);
    if (found === undefined) return undefined;
    const { summary, version, snapshot, kept } = found;
    const replay = kept
      .filter(({ n }) => n > (snapshot?.turn ?? 0))
      .map(({ n, input, answer }) => ({ n, input, answer }));
    return { ...summary, version, snapshot, replay };
  }

  commit(writes: readonly TurnWrite[]): readonly WriteResult[] {
    return writes.map((write) => this.#write(write));
  }

  findTurn({ id, key }: Parameters<StoreOperations["findTurn"]>[0]): StoredTurn | undefined {
    const turn = this.#find(id)?.kept.find((one) => one.key === key);
    return turn && { n: turn.n, bodyHash: turn.bodyHash, answer: turn.answer };
  }

  describe(id: ConversationId): ConversationSummary | undefined {
    return this.#find(id)?.summary;
  }

  list(page: Parameters<StoreOperations["list"]>[0]): readonly ConversationSummary[] {
    const { model, limit, after } = page;
    const from = after === undefined ? "" : textOf(after);
    return [...this.#conversations]
      .filter(
        ([text, { summary }]) => text > from && (model ?? summary.id.model) === summary.id.model,
      )
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, Math.min(limit, LIST_LIMIT))
      .map(([, { summary }]) => summary);
  }

  end(id: ConversationId): boolean {
    this.#bytes -= bytesOf(this.#find(id));
    return this.#conversations.delete(textOf(id));
  }

  expire({ usedBefore, limit }: Parameters<StoreOperations["expire"]>[0]) {
    const slice = this.#conversations
      .values()
      .filter(({ summary }) => summary.lastUsedAt < usedBefore)
      .take(limit)
      .toArray();
    for (const { summary } of slice) this.end(summary.id);
    return { ended: slice.length, more: slice.length === limit };
  }

  #find(id: ConversationId): Remembered | undefined {
    return this.#conversations.get(textOf(id));
  }

  #write(write: TurnWrite): WriteResult {
    const { id, turn } = write;
    const applied = this.findTurn({ id, key: turn.key });
    if (applied !== undefined) return { status: "applied", turn: applied };
    const before = this.#find(id);
    const judged = judgeWrite(write, before && versionOf(before));
    if (judged !== undefined) return judged;
    const { conversationsLimit, bytesLimit } = this.#limits;
    if (before === undefined && this.#conversations.size >= conversationsLimit) {
      return tooManyConversations(conversationsLimit);
    }
    const after = withTurn(before, write);
    const room = bytesLimit * (before === undefined ? 0.9 : 1);
    if (this.#bytes - bytesOf(before) + bytesOf(after) > room) return noRoom(bytesLimit);
    this.end(id);
    this.#conversations.set(textOf(id), after);
    this.#bytes += bytesOf(after);
    return { status: "written" };
  }
}

function versionOf({ version, summary, snapshot }: Remembered): StoredVersion {
  return { version, turns: summary.turns, snapshotTurn: snapshot?.turn ?? 0 };
}

function withTurn(before: Remembered | undefined, write: TurnWrite): Remembered {
  const { id, turn, newVersion, serverId, at } = write;
  const snapshot =
    write.snapshot === undefined ? before?.snapshot : { turn: turn.n, state: write.snapshot };
  const kept = [...(before?.kept ?? []), turn].slice(-KEPT_TURNS);
  return {
    summary: {
      id,
      turns: turn.n,
      createdAt: before?.summary.createdAt ?? at,
      lastUsedAt: at,
      stateBytes: snapshot?.state.length ?? 0,
      serverId,
    },
    version: newVersion,
    snapshot,
    // Nobody replays what the snapshot has.
    kept: kept.map((one) =>
      one.n <= (snapshot?.turn ?? 0) && one.input.length > 0 ? { ...one, input: NOTHING } : one,
    ),
  };
}

const NOTHING = new Uint8Array(0);

function textOf({ model, session }: ConversationId): string {
  return `${model}\0${session}`;
}

function bytesOf(conversation: Remembered | undefined): number {
  if (conversation === undefined) return 0;
  return conversation.kept.reduce(
    (sum, { input, answer }) => sum + input.length + answer.length,
    conversation.summary.stateBytes,
  );
}
