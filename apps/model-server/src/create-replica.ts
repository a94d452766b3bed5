import type { Checked } from "@flotilla/common/checked";
import type { Logger } from "@flotilla/common/logger";
import type { Settings } from "@flotilla/common/settings";
import type { LoadedModel } from "@flotilla/inference/loaded-model";
import type { Repository } from "@flotilla/inference/repository/read-repository";
import { startEngine } from "@flotilla/inference/start-engine";
import { availableCores, threadBudget } from "@flotilla/inference/thread-budget";
import { createReadiness, type ReadinessState } from "./readiness.ts";
import type { Replica } from "./replica.ts";
import { createReplicaMetrics } from "./replica-metrics.ts";

/** A replica without its ports; its models load until `loaded` is done, and it refuses requests meanwhile. */
export function createReplica(options: {
  readonly settings: Settings;
  readonly repository: Repository;
  readonly logger: Logger;
  readonly draining: () => boolean;
  readonly onFatal: (reason: string) => void;
}): { readonly replica: Replica; readonly loaded: Promise<Checked<readonly LoadedModel[]>> } {
  const { settings, logger, draining } = options;
  const { engine, loaded } = startEngine({
    repository: options.repository,
    defaultModel: settings.default_model,
    limits: {
      threads: threadsOf(settings),
      batchLimit: settings.batch_limit,
      queueLimit: settings.queue_limit,
      maxQueueMs: settings.max_queue_ms,
    },
    logger,
    onBatch: (batch) => metrics.batch(batch),
    onFatal: options.onFatal,
  });
  const readiness = createReadiness((): ReadinessState => {
    if (draining()) return "draining";
    if (engine.models.length === 0) return "starting";
    return engine.health().every(({ ready }) => ready) ? "ready" : "failing";
  });
  const metrics = createReplicaMetrics({
    serverId: settings.server_id,
    inFlight: () => engine.inFlight,
    ready: () => readiness.state === "ready",
  });
  return { replica: { settings, engine, readiness, metrics, logger }, loaded };
}

/** What is configured, else this replica's share of the host's cores. */
export function threadsOf({ threads, replicas }: Settings): number {
  return threads || threadBudget({ cores: availableCores(), replicas });
}
