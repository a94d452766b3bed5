import { checkHandler } from "@flotilla/inference/handlers/check-handler";
import { importHandler } from "@flotilla/inference/handlers/import-handler";
import type { ModelSource } from "@flotilla/inference/model-source";
import { orderByUses } from "@flotilla/inference/worker/check-uses";
import { type Problem, parseProblem } from "./problem.ts";

/** What a start finds wrong with handlers before it sets them up: what they import and export, and whom they use. */
export async function inspectHandlers(
  sources: readonly ModelSource[],
  isWanted: (file: string) => boolean,
): Promise<readonly Problem[]> {
  const problems = new Set<string>();
  const models: Parameters<typeof orderByUses>[0][number][] = [];
  for (const source of sources) {
    const file = source.handler?.file;
    const inspected =
      file !== undefined && isWanted(file) ? await inspect(source, file) : undefined;
    if (inspected?.ok === false) for (const problem of inspected.problems) problems.add(problem);
    const uses = inspected?.ok ? (inspected.value.handler.uses ?? []) : [];
    const { name, version, state = [] } = source;
    models.push({ source, model: { name, version, state: state as never }, task: { uses } });
  }
  for (const problem of orderByUses(models).problems) problems.add(problem);
  return [...problems].map(parseProblem);
}

async function inspect(source: ModelSource, path: string) {
  const file = { path, text: await Bun.file(path).text() };
  const exported = await importHandler(file);
  if (!exported.ok) return exported;
  return checkHandler(file, exported.value, {
    hasModel: source.onnxFile !== undefined,
    stateful: (source.state ?? []).length > 0,
  });
}
