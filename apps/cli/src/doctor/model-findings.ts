import { resolve } from "node:path";
import type { Settings } from "@flotilla/common/settings";
import { resolveDefaultModel } from "@flotilla/inference/find-model";
import { readRepository } from "@flotilla/inference/repository/read-repository";
import { type Finding, judge } from "./finding.ts";

/** As far as files tell: what ONNX Runtime says of them comes with a start. */
export async function modelFindings(settings: Settings): Promise<readonly Finding[]> {
  const { sources, problems } = await readRepository(resolve(settings.models));
  const resolved = resolveDefaultModel(sources, settings.default_model);
  const missing = problems.length > 0 || resolved.ok ? [] : resolved.problems;
  const names = sources.map(({ name, version }) => `${name}/${version}`);
  return judge("models", [...problems, ...missing], names.join(", "));
}
