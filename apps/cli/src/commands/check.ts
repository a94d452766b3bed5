import type { Settings } from "@flotilla/common/settings";
import { readRepository } from "@flotilla/inference/repository/read-repository";
import { refuseHandlers } from "@flotilla/inference/repository/refuse-handlers";
import { handlerFolders } from "../handlers/handler-folders.ts";
import { inspectHandlers } from "../handlers/inspect-handlers.ts";
import { writeModelsTsconfig } from "../handlers/models-tsconfig.ts";
import { type Problem, parseProblem, showProblem } from "../handlers/problem.ts";
import { typeCheck } from "../handlers/type-check.ts";
import { writeTypes } from "../handlers/write-types.ts";
import { shownPath } from "../screen/shown-path.ts";
import type { Report } from "./report.ts";
import { tsconfigLines } from "./types.ts";

interface Findings {
  readonly models: number;
  readonly handlers: number;
  /** What was done besides. */
  readonly notes: readonly string[];
  readonly problems: readonly Problem[];
}

/** What a start would find wrong with the models, and what TypeScript does; no model is asked, no handler set up. */
export async function runCheck(options: {
  readonly settings: Pick<Settings, "models" | "handlers">;
  readonly json: boolean;
}): Promise<Report> {
  const findings = await findProblems(options.settings);
  const { notes, problems } = findings;
  const isWrong = problems.length > 0;
  if (options.json) return { lines: [JSON.stringify(findings)], problems: [], isWrong };
  const checked = `${count(findings.models, "model")} and ${count(findings.handlers, "handler")}`;
  const end = isWrong ? [] : [`checked ${checked}: nothing is wrong`];
  return { lines: [...notes, ...end], problems: problems.map(showProblem), isWrong };
}

async function findProblems(settings: Pick<Settings, "models" | "handlers">): Promise<Findings> {
  const { models } = settings;
  const { sources, problems: repository } = refuseHandlers(await readRepository(models), settings);
  const problems = repository.map(parseProblem);
  const notes: string[] = [];
  const folders = handlerFolders(sources);
  for (const folder of folders.ok ? folders.value : []) {
    const types = await writeTypes(folder);
    if (!types.ok) problems.push(...types.problems.map(parseProblem));
    else if (types.value?.before === "none") notes.push(`${shownPath(types.value.path)} written`);
    else if (types.value?.before === "stale") {
      const message = "expected what the ONNX file says, got other types; they are written anew";
      problems.push({ file: types.value.path, line: 1, column: 1, message });
    }
  }
  const handlers = [...new Set(sources.flatMap(({ handler }) => handler?.file ?? []))];
  if (handlers.length > 0) {
    notes.push(...tsconfigLines(writeModelsTsconfig(models)));
    const typed = await typeCheck(handlers);
    problems.push(...typed);
    // What TypeScript refuses has been told, and better.
    const wrong = new Set(typed.map(({ file }) => file));
    problems.push(...(await inspectHandlers(sources, (file) => !wrong.has(file))));
  }
  const names = new Set(sources.map(({ name }) => name));
  return { models: names.size, handlers: handlers.length, notes, problems };
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
