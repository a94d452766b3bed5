import { availableCores } from "@flotilla/common/available-cores";
import { type Checked, refused } from "@flotilla/common/checked";
import type { Logger } from "@flotilla/common/logger";
import type { Settings } from "@flotilla/common/settings";
import type { LoadedModel } from "@flotilla/inference/loaded-model";
import type { Repository } from "@flotilla/inference/repository/read-repository";
import { refuseHandlers } from "@flotilla/inference/repository/refuse-handlers";
import { startEngine } from "@flotilla/inference/start-engine";
import { threadBudget } from "@flotilla/inference/thread-budget";
import type { InferenceThread } from "@flotilla/inference/worker/inference-thread";
import { openConversations } from "./open-conversations.ts";
import { createReadiness, type ReadinessState } from "./readiness.ts";
import type { Replica } from "./replica.ts";
import { createReplicaMetrics } from "./replica-metrics.ts";

/** A replica without its ports; its models load until `loaded` is done, and it refuses requests meanwhile. */
export function createReplica(options: {
  readonly settings: Settings;
  readonly repository: Repository;
  readonly logger: Logger;
  readonly thread?: InferenceThread;
  readonly draining: () => boolean;
  readonly release?: Replica["release"];
  readonly onFatal: (reason: string) => void;
}): { readonly replica: Replica; readonly loaded: Promise<Checked<readonly LoadedModel[]>> } {
  const { settings, logger, draining } = options;
  const repository = refuseHandlers(options.repository, settings);
  const { engine, loaded } = startEngine({
    repository,
    defaultModel: settings.default_model,
    limits: {
      threads: threadsOf(settings),
      batchLimit: settings.batch_limit,
      queueLimit: settings.queue_limit,
      maxQueueMs: settings.max_queue_ms,
    },
    logger,
    thread: options.thread,
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
    conversations: () => conversations,
  });
  const stateful = repository.sources.some(({ state = [] }) => state.length > 0);
  const opened = stateful
    ? openConversations({ settings, engine, logger, observer: metrics.conversations })
    : undefined;
  const conversations = opened?.ok ? opened.value : undefined;
  return {
    replica: {
      settings,
      engine,
      conversations,
      readiness,
      metrics,
      logger,
      release: options.release ?? (() => false),
    },
    loaded: loaded.then((models) => checkStates({ models, opened, settings })),
  };
}

/** Everything that is wrong with keeping conversations, beside what is wrong with the models. */
function checkStates(options: {
  readonly models: Checked<readonly LoadedModel[]>;
  readonly opened: Checked<unknown> | undefined;
  readonly settings: Settings;
}): Checked<readonly LoadedModel[]> {
  const { models, opened } = options;
  const { session_state_limit_bytes: limit } = options.settings;
  const problems = opened === undefined || opened.ok ? [] : opened.problems;
  if (!models.ok) return refused(...problems, ...models.problems);
  const large = models.value.flatMap(({ name, version, state }) => {
    const bytes = state.reduce((sum, one) => sum + one.bytes, 0);
    return bytes > limit
      ? [
          `${name}/${version}: the state of one conversation takes ${bytes} bytes, and session_state_limit_bytes is ${limit}; mend: raise it`,
        ]
      : [];
  });
  return problems.length + large.length > 0 ? refused(...problems, ...large) : models;
}

/** What is configured, else this replica's share of the host's cores. */
export function threadsOf({ threads, replicas }: Settings): number {
  return threads || threadBudget({ cores: availableCores(), replicas });
}
