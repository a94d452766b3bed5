import { dirname } from "node:path";
import { type Checked, refused } from "@flotilla/common/checked";
import { provideHandlerModule } from "./handler-module.ts";
import { placeIn, placeInStack, wordMatch } from "./place-in.ts";

/** Runs a user's file, and gives what it exports as `handler`; else every reason why not, by file, line and column. */
export async function importHandler(file: HandlerFile): Promise<Checked<unknown>> {
  provideHandlerModule();
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = await import(file.path);
  } catch (error) {
    return refused(...(await importProblems(error, file)));
  }
  if ("handler" in exported) return { ok: true, value: exported["handler"] };
  const got = Object.keys(exported).join(", ") || "no exports";
  const mend = "mend: `export const handler = defineHandler<Model>()({ … })`";
  return refused(`${file.path}:1:1: expected an export \`handler\`, got ${got}; ${mend}`);
}

export interface HandlerFile {
  readonly path: string;
  readonly text: string;
}

async function importProblems(error: unknown, file: HandlerFile): Promise<readonly string[]> {
  // What does not parse is a BuildMessage each, together an AggregateError where there are several.
  if (error instanceof AggregateError && error.errors.every(isBuildMessage)) {
    return error.errors.map(buildProblem);
  }
  if (isBuildMessage(error)) return [buildProblem(error)];
  if (isResolveMessage(error)) return [await resolveProblem(error, file)];
  const missing =
    error instanceof SyntaxError &&
    /^export (?:named )?'(.+?)' not found/i.exec(error.message)?.[1];
  if (missing)
    return [`${placeIn(file, wordMatch(missing))}: ${error.message}; mend: import another`];
  return [`${thrownAt(error, file)}; mend: let the file load, or take it away`];
}

/** Where in the user's own code something was thrown, and what. */
export function thrownAt(error: unknown, file: HandlerFile): string {
  const { stack = "" } = error instanceof Error ? error : {};
  const place = placeInStack(stack, dirname(file.path)) ?? file.path;
  return `${place}: threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
}

interface BuildMessage {
  readonly message: string;
  readonly position: {
    readonly file: string;
    readonly line: number;
    readonly column: number;
  } | null;
}

interface ResolveMessage extends BuildMessage {
  readonly specifier: string;
  readonly referrer: string;
}

function isBuildMessage(error: unknown): error is BuildMessage {
  return nameOf(error) === "BuildMessage";
}

function isResolveMessage(error: unknown): error is ResolveMessage {
  return nameOf(error) === "ResolveMessage";
}

function nameOf(error: unknown): unknown {
  return (error as Partial<Error> | null | undefined)?.name;
}

function buildProblem({ message, position }: BuildMessage): string {
  const place = position === null ? "" : `${position.file}:${position.line}:${position.column}: `;
  return `${place}${message}; mend: correct it`;
}

async function resolveProblem(
  { specifier, referrer }: ResolveMessage,
  file: HandlerFile,
): Promise<string> {
  const text =
    referrer === file.path
      ? file.text
      : await Bun.file(referrer)
          .text()
          .catch(() => "");
  const place = placeIn(
    { path: referrer, text },
    new RegExp(`["'\`]${RegExp.escape(specifier)}["'\`]`),
  );
  const mend = specifier.startsWith(".")
    ? "put the file there"
    : "add it to the package.json in the model's folder, and run `flotilla models install`";
  return `${place}: expected something to import, got nothing at ${specifier}; mend: ${mend}`;
}
