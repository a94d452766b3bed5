import { writeModels } from "@flotilla/testkit/write-models";
import type { Batch } from "../src/dispatcher.ts";
import type { InferenceRequest } from "../src/inference-request.ts";
import { readRepository } from "../src/repository/read-repository.ts";
import { type EngineOptions, startEngine } from "../src/start-engine.ts";
import type { Tensors } from "../src/tensor.ts";
import { quietLogger } from "./quiet-logger.ts";

/** An engine with real models behind a real worker. */
export async function startTestEngine(
  models: Parameters<typeof writeModels>[0],
  more: { readonly defaultModel?: string; readonly limits?: Partial<EngineOptions["limits"]> } = {},
) {
  await using repository = await writeModels(models);
  const batches: Batch[] = [];
  const { engine, loaded } = startEngine({
    repository: await readRepository(repository.folder),
    defaultModel: more.defaultModel ?? "",
    limits: {
      threads: 1,
      batchLimit: 256,
      queueLimit: 1_024,
      maxQueueMs: 60_000,
      ...more.limits,
    },
    logger: quietLogger,
    onBatch: (batch) => batches.push(batch),
    onFatal: (reason) => {
      throw new Error(reason);
    },
  });
  const early = engine.find("", "");
  const result = await loaded;
  const ask = (model: string, input: InferenceRequest["input"]) => {
    const version = engine.models.findLast(({ name }) => name === model)?.version ?? 0;
    return engine.infer({ model, version, input, deadlineMs: Date.now() + 60_000 });
  };
  return {
    engine,
    early,
    problems: result.ok
      ? []
      : result.problems.map((problem) => problem.replaceAll(repository.folder, "models")),
    batches,
    run: (model: string, tensors: Tensors, rows = 1) =>
      ask(model, { kind: "tensors", tensors, rows }),
    /** The predictions, in order. */
    async predict(model: string, texts: readonly string[]) {
      const outcome = await ask(model, { kind: "texts", texts });
      if (!outcome.ok) throw new Error(outcome.failure.detail);
      const { output } = outcome.value;
      return output.kind === "predictions" ? output.predictions : [];
    },
  };
}
