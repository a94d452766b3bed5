import type { Logger } from "@flotilla/common/logger";
import type { Settings } from "@flotilla/common/settings";
import type { Engine } from "@flotilla/inference/engine";
import type { ReplicaConversations } from "./open-conversations.ts";
import type { Readiness } from "./readiness.ts";
import type { ReplicaMetrics } from "./replica-metrics.ts";

/** What both transports stand on. */
export interface Replica {
  readonly settings: Settings;
  readonly engine: Engine;
  /** Undefined: no model has state. */
  readonly conversations: ReplicaConversations | undefined;
  readonly readiness: Readiness;
  readonly metrics: ReplicaMetrics;
  readonly logger: Logger;
  /** It drains, and is out of the upstreams: false, where it does not drain. */
  readonly release: () => boolean;
}
