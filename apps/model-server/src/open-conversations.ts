import { type Checked, refused } from "@flotilla/common/checked";
import type { Logger } from "@flotilla/common/logger";
import type { Settings } from "@flotilla/common/settings";
import {
  type ConversationObserver,
  type Conversations,
  createConversations,
} from "@flotilla/conversations/conversations";
import {
  engineTurnModel,
  type TurnAnswer,
  type TurnInput,
} from "@flotilla/conversations/engine-turn-model";
import { openStore } from "@flotilla/conversations/open-store";
import type { SessionStore } from "@flotilla/conversations/session-store";
import { storeText } from "@flotilla/conversations/store-text";
import type { Engine } from "@flotilla/inference/engine";

export interface ReplicaConversations extends Conversations<TurnInput, TurnAnswer> {
  readonly store: SessionStore;
}

const MIB = 1024 ** 2;
const HEALTH_MS = 500;
const EXPIRE_MS = 10_000;
const EXPIRE_AT_ONCE = 500;

/** The conversations with this replica's models, and the store that keeps them. */
export function openConversations(options: {
  readonly settings: Settings;
  readonly engine: Engine;
  readonly observer: ConversationObserver;
  readonly logger: Logger;
}): Checked<ReplicaConversations> {
  const { settings, engine, observer } = options;
  const opened = openStore(storeText(settings), {
    limits: {
      conversationsLimit: settings.sessions_limit,
      bytesLimit: settings.session_store_limit_mib * MIB,
    },
  });
  if (!opened.ok) return refused(...opened.problems.map((problem) => `session_store: ${problem}`));
  const store = opened.value;
  keepExpiring(store, settings.session_retention_ms);
  tellHealth(store, options.logger);
  const conversations = createConversations({
    store,
    model: engineTurnModel(engine),
    serverId: settings.server_id,
    limits: {
      conversationsLimit: settings.sessions_in_memory_limit,
      bytesLimit: settings.session_memory_limit_mib * MIB,
      idleMs: settings.session_idle_ms,
      waitingTurnsLimit: settings.session_queue_limit,
    },
    observer,
  });
  return {
    ok: true,
    value: {
      takeTurn: conversations.takeTurn,
      describe: conversations.describe,
      end: conversations.end,
      list: conversations.list,
      get inMemory() {
        return conversations.inMemory;
      },
      store,
    },
  };
}

/** Clients are told that the store is down; where it lies and what is wrong with it is for the log. */
function tellHealth(store: SessionStore, logger: Logger): void {
  let told = "up";
  const tell = () => {
    const health = store.health();
    const now = health.state === "up" ? "up" : health.failure.detail;
    if (now === told) return;
    told = now;
    if (health.state === "up") logger.info("the session store is up again");
    else logger.error({ detail: now }, "the session store is down");
  };
  setInterval(tell, HEALTH_MS).unref();
}

/** Every replica does so; each in its own time, and a slice at a time, so that no turn waits for it. */
function keepExpiring(store: SessionStore, retentionMs: number): void {
  const expire = async () => {
    let more = true;
    while (more) {
      const usedBefore = Date.now() - retentionMs;
      const expired = await store.expire({ usedBefore, limit: EXPIRE_AT_ONCE });
      more = expired.ok && expired.value.more;
    }
  };
  setInterval(() => void expire(), EXPIRE_MS * (0.5 + Math.random())).unref();
}
