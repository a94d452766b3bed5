import { writeModels } from "@flotilla/testkit/write-models";
import type { ModelSource } from "../src/model-source.ts";
import { readRepository } from "../src/repository/read-repository.ts";
import { startWorker } from "../src/worker/worker-host.ts";
import { quietLogger } from "./quiet-logger.ts";

async function sourcesIn(folder: string): Promise<readonly ModelSource[]> {
  const { sources, problems } = await readRepository(folder);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return sources;
}

/** Loads models, real ones, into a real worker; `files` and `links` as in `writeModels`. */
export async function loadModels(
  models: Parameters<typeof writeModels>[0],
  options: { readonly batchLimit?: number } = {},
) {
  await using repository = await writeModels(models);
  const { folder } = repository;
  const fatal = Promise.withResolvers<string>();
  const worker = startWorker({ logger: quietLogger, onFatal: fatal.resolve });
  const limits = { threads: 1, batchLimit: options.batchLimit ?? 256 };
  const loaded = await worker.load(await sourcesIn(folder), limits);
  return {
    worker,
    fatal: fatal.promise,
    models: loaded.ok ? loaded.value : [],
    problems: loaded.ok
      ? []
      : loaded.problems.map((problem) => problem.replaceAll(folder, "models")),
  };
}
