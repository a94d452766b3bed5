import type { RestoreReason } from "./restore-reason.ts";
import type { ConversationId } from "./session-store.ts";

/** What a replica keeps of a conversation between its turns. */
export interface Remembered<State> {
  /** Of the store's record: what the next write expects. */
  readonly version: string;
  readonly turns: number;
  readonly state: State;
  readonly bytes: number;
  readonly snapshotTurn: number;
  /** Of the turns that this replica took, the last ones. */
  readonly keys: ReadonlySet<string>;
}

export interface MemoryLimits {
  readonly conversationsLimit: number;
  readonly bytesLimit: number;
  readonly idleMs: number;
}

export interface ConversationMemory<State> {
  recall(id: ConversationId): Remembered<State> | undefined;
  /** The least recently used make room, and the idle ones go; the store has them all. */
  remember(id: ConversationId, remembered: Remembered<State>): void;
  forget(id: ConversationId): void;
  /** Of a conversation that `recall` does not have; `wroteLast`: the last turn in the store is this replica's. */
  whyMissing(id: ConversationId, wroteLast: boolean): RestoreReason;
  readonly size: { readonly conversations: number; readonly bytes: number };
}

interface Entry<State> extends Remembered<State> {
  readonly usedAt: number;
}

/** Reasons kept of conversations that left; they are for the metrics alone. */
const REASONS_LIMIT = 10_000;

export function createMemory<State>(options: {
  readonly limits: MemoryLimits;
  readonly now: () => number;
}): ConversationMemory<State> {
  const { limits, now } = options;
  // In the order of their use: the first one is idle for longest.
  const entries = new Map<string, Entry<State>>();
  const left = new Map<string, RestoreReason>();
  let bytes = 0;

  function drop(text: string, reason: RestoreReason): void {
    bytes -= entries.get(text)?.bytes ?? 0;
    entries.delete(text);
    left.set(text, reason);
    const [oldest] = left.keys();
    if (left.size > REASONS_LIMIT && oldest !== undefined) left.delete(oldest);
  }

  function makeRoom(): void {
    for (const [text, { usedAt }] of entries) {
      const idle = now() - usedAt > limits.idleMs;
      const full = entries.size > limits.conversationsLimit || bytes > limits.bytesLimit;
      if (!idle && !full) return;
      drop(text, idle ? "idle" : "evicted");
    }
  }

  return {
    recall(id) {
      makeRoom();
      return entries.get(textOf(id));
    },
    remember(id, remembered) {
      const text = textOf(id);
      bytes += remembered.bytes - (entries.get(text)?.bytes ?? 0);
      entries.delete(text);
      entries.set(text, { ...remembered, usedAt: now() });
      left.delete(text);
      makeRoom();
    },
    forget(id) {
      if (entries.has(textOf(id))) drop(textOf(id), "outdated");
    },
    whyMissing(id, wroteLast) {
      return left.get(textOf(id)) ?? (wroteLast ? "restarted" : "moved");
    },
    get size() {
      return { conversations: entries.size, bytes };
    },
  };
}

function textOf({ model, session }: ConversationId): string {
  return `${model}\0${session}`;
}
