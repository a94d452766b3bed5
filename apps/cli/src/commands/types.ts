import { readRepository } from "@flotilla/inference/repository/read-repository";
import { handlerFolders } from "../handlers/handler-folders.ts";
import { type ModelsTsconfig, writeModelsTsconfig } from "../handlers/models-tsconfig.ts";
import { writeTypes } from "../handlers/write-types.ts";
import { shownPath } from "../screen/shown-path.ts";
import type { Report } from "./report.ts";

/** Writes the types of the models with a handler, or of those named. */
export async function runTypes(options: {
  readonly models: string;
  readonly names?: readonly string[];
}): Promise<Report> {
  const { models, names } = options;
  const { sources, problems } = await readRepository(models);
  const folders = handlerFolders(sources, names);
  if (!folders.ok) return { lines: [], problems: [...problems, ...folders.problems] };
  const report = { lines: [] as string[], problems: [...problems] };
  for (const folder of folders.value) {
    const types = await writeTypes(folder);
    if (!types.ok) report.problems.push(...types.problems);
    else if (types.value !== undefined) {
      const { path, before } = types.value;
      report.lines.push(`${shownPath(path)} ${before === "same" ? "is fresh" : "written"}`);
    }
  }
  if (folders.value.length === 0) report.lines.push(`no model in ${models} has a handler.ts`);
  else report.lines.push(...tsconfigLines(writeModelsTsconfig(models)));
  return report;
}

export function tsconfigLines({ path, written, lacks }: ModelsTsconfig): readonly string[] {
  return [
    ...(written ? [`${shownPath(path)} written`] : []),
    ...(lacks === undefined ? [] : [lacks]),
  ];
}
