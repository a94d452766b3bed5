import { shownPath } from "../screen/shown-path.ts";

/** Something wrong in a file, as far as its place is known. */
export interface Problem {
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly message: string;
}

/** `FILE:LINE:COLUMN: MESSAGE`, or as much of a place as it begins with. */
export function parseProblem(text: string): Problem {
  const { file, line, column, message } =
    /^(?<file>[^\s:][^:\n]*)(?::(?<line>\d+))?(?::(?<column>\d+))?: (?<message>.+)$/s.exec(text)
      ?.groups ?? {};
  if (file === undefined || message === undefined) return { message: text };
  return {
    file,
    ...(line && { line: Number(line) }),
    ...(column && { column: Number(column) }),
    message,
  };
}

export function showProblem({ file, line, column, message }: Problem): string {
  return [...(file === undefined ? [] : [shownPath(file)]), line, column]
    .filter((part) => part !== undefined)
    .join(":")
    .concat(file === undefined ? message : `: ${message}`);
}
