import { type Checked, refused } from "@flotilla/common/checked";
import { failed, type Outcome } from "@flotilla/common/failure";
import type { Logger } from "@flotilla/common/logger";
import { Dispatcher } from "./dispatcher.ts";
import type { Engine } from "./engine.ts";
import { findModel, resolveDefaultModel } from "./find-model.ts";
import type { InferenceAnswer, InferenceRequest } from "./inference-request.ts";
import { openInline } from "./inline-runner.ts";
import type { Batch } from "./lane.ts";
import type { LoadedModel } from "./loaded-model.ts";
import type { Repository } from "./repository/read-repository.ts";
import type { InferenceThread } from "./worker/inference-thread.ts";
import { startWorker } from "./worker/worker-host.ts";

export interface EngineOptions {
  readonly repository: Repository;
  /** The name of the model that `/predict` means; "": the only one, else `sentiment`. */
  readonly defaultModel: string;
  readonly limits: {
    readonly threads: number;
    readonly batchLimit: number;
    readonly queueLimit: number;
    readonly maxQueueMs: number;
  };
  readonly logger: Logger;
  /** Started ahead, where there is something to do until the repository is read. */
  readonly thread?: InferenceThread | undefined;
  readonly onBatch: (batch: Batch) => void;
  /** The process must end: a run hangs, or the worker died. */
  readonly onFatal: (reason: string) => void;
}

/**
 * Starts to load the models and returns at once: until `loaded` is done, the engine knows no models and refuses
 * everything as not ready. A replica opens its ports after that, so its clients never see it.
 */
export function startEngine(options: EngineOptions): {
  readonly engine: Engine;
  readonly loaded: Promise<Checked<readonly LoadedModel[]>>;
} {
  let dispatcher: Dispatcher | undefined;
  let models: readonly LoadedModel[] = [];
  let defaultModel: string | undefined;

  async function load(): Promise<Checked<readonly LoadedModel[]>> {
    const { sources, problems } = options.repository;
    const resolved = resolveDefaultModel(sources, options.defaultModel);
    const worker = startWorker(options);
    const loaded = await worker.load(sources, options.limits);
    if (problems.length > 0 || !loaded.ok || !resolved.ok) {
      return refused(
        ...problems,
        // A default model that is missing may be one of those that are wrong.
        ...(resolved.ok || problems.length > 0 ? [] : resolved.problems),
        ...(loaded.ok ? [] : loaded.problems),
      );
    }
    models = loaded.value.map(({ model }) => model);
    defaultModel = resolved.value;
    const inline = await openInline(loaded.value, sources);
    dispatcher = new Dispatcher({ ...options, models: loaded.value, worker, inline });
    return { ok: true, value: models };
  }

  const starting = (): Outcome<never> => failed("not-ready", "the models are being loaded");
  return {
    loaded: load(),
    engine: {
      get models() {
        return models;
      },
      get defaultModel() {
        return defaultModel;
      },
      find: (name, version) =>
        dispatcher === undefined ? starting() : findModel({ models, defaultModel, name, version }),
      infer: (request: InferenceRequest): Promise<Outcome<InferenceAnswer>> =>
        dispatcher?.infer(request) ?? Promise.resolve(starting()),
      health: () => dispatcher?.health() ?? [],
      get inFlight() {
        return dispatcher?.inFlight ?? 0;
      },
    },
  };
}
