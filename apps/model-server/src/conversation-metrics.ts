import type { ConversationObserver, Conversations } from "@flotilla/conversations/conversations";
import type { SessionStore } from "@flotilla/conversations/session-store";
import { Counter, Gauge, type Registry } from "prom-client";

/** How well conversations stick: a turn that finds its memory here costs the store one write and nothing else. */
export function conversationMetrics(options: {
  readonly registers: Registry[];
  /** Undefined: no model has state. */
  readonly conversations: () =>
    | (Pick<Conversations<never, never>, "inMemory"> & {
        readonly store: Pick<SessionStore, "health">;
      })
    | undefined;
}): ConversationObserver {
  const { registers, conversations } = options;
  const recalls = new Counter({
    name: "flotilla_session_recalls_total",
    help: "Turns by where they found their conversation: hit is this replica's memory, else why it was read from the store.",
    labelNames: ["found"],
    registers,
  });
  const conflicts = new Counter({
    name: "flotilla_session_conflicts_total",
    help: "Turns that were taken again, because another replica had written to the conversation.",
    registers,
  });
  const repeated = new Counter({
    name: "flotilla_session_repeated_turns_total",
    help: "Turns that came again and were answered from the store.",
    registers,
  });
  new Gauge({
    name: "flotilla_sessions_in_memory",
    help: "Conversations in this replica's memory.",
    registers,
    collect() {
      this.set(conversations()?.inMemory.conversations ?? 0);
    },
  });
  new Gauge({
    name: "flotilla_session_memory_bytes",
    help: "What the states of those conversations take.",
    registers,
    collect() {
      this.set(conversations()?.inMemory.bytes ?? 0);
    },
  });
  new Gauge({
    name: "flotilla_session_store_up",
    help: "0 while the session store is down; 1 also where no model has state.",
    registers,
    collect() {
      this.set(conversations()?.store.health().state === "down" ? 0 : 1);
    },
  });
  return {
    hit: () => recalls.inc({ found: "hit" }),
    restored: (reason) => recalls.inc({ found: reason }),
    conflict: () => conflicts.inc(),
    repeated: () => repeated.inc(),
  };
}
