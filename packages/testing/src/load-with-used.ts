import type { ModelSource } from "@flotilla/inference/model-source";
import { askModel } from "@flotilla/inference/worker/ask-model";
import { orderByUses } from "@flotilla/inference/worker/check-uses";
import { loadModel, type SessionModel } from "@flotilla/inference/worker/load-model";

const LIMITS = { threads: 1, batchLimit: 256 };

/** A model and those that its handler asks, and theirs; throws everything that a start would refuse. */
export async function loadWithUsed(
  wanted: ModelSource,
  sources: readonly ModelSource[],
): Promise<ReadonlyMap<ModelSource, SessionModel>> {
  const loaded = new Map<ModelSource, SessionModel>();
  const highest = (name: string) => sources.findLast((source) => source.name === name);
  const ask = async (name: string, input: unknown) => {
    const source = highest(name);
    const model = source && loaded.get(source);
    if (model === undefined) throw new Error(`there is no model ${name}`);
    return await askModel(model, input);
  };
  for (const waiting = [wanted]; waiting.length > 0; ) {
    const source = waiting.pop();
    if (source === undefined || loaded.has(source)) continue;
    const model = await loadModel(source, LIMITS, ask);
    if (!model.ok) throw new Error(model.problems.join("\n"));
    loaded.set(source, model.value);
    waiting.push(...(model.value.task?.uses ?? []).flatMap((name) => highest(name) ?? []));
  }
  const { problems } = orderByUses([...loaded.values()]);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return loaded;
}
