import type { LoadedModel } from "../loaded-model.ts";
import type { ModelSource } from "../model-source.ts";
import type { Task } from "../tasks/task.ts";

interface Using {
  readonly source: Pick<ModelSource, "handler">;
  readonly model: Pick<LoadedModel, "name" | "version" | "state">;
  readonly task: Pick<Task, "uses"> | undefined;
}

/**
 * Models in such an order that whoever asks another comes after it; what is asked is a model's highest version. Else
 * why there is none: an unknown name, a model that keeps conversations, or one that would end up asking itself.
 */
export function orderByUses<Model extends Using>(
  models: readonly Model[],
): { readonly ordered: readonly Model[]; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const ordered = new Set<Model>();
  const visit = (model: Model, path: readonly Model[]) => {
    if (ordered.has(model)) return;
    for (const name of model.task?.uses ?? []) {
      const used = models.findLast((other) => other.model.name === name);
      const problem = usedProblem(used, [...path, model]);
      if (problem !== undefined)
        problems.push(`${model.source.handler?.file}: uses: ${name}: ${problem}`);
      else if (used !== undefined) visit(used, [...path, model]);
    }
    ordered.add(model);
  };
  for (const model of models) visit(model, []);
  return { ordered: [...ordered], problems: [...new Set(problems)] };
}

function usedProblem(used: Using | undefined, path: readonly Using[]): string | undefined {
  if (used === undefined)
    return "expected a model that could be loaded, got none; mend: add it, or remove the name";
  if (used.model.state.length > 0)
    return "expected a model without state, which is asked, not talked with; mend: remove the name";
  const start = path.indexOf(used);
  if (start < 0) return undefined;
  const circle = [...path.slice(start), used].map(({ model }) => model.name).join(" → ");
  return `expected no circle, got ${circle}; mend: remove the name from one of them`;
}
