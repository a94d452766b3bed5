/** What was looked at, and what was found there. */
export interface Finding {
  readonly check: string;
  /** `note`: nothing is wrong, and something could not be looked at or is as somebody wanted it. */
  readonly mark: "ok" | "note" | "wrong";
  /** Where it is wrong, with its mend. */
  readonly text: string;
}

/** Each of the problems, else what was found. */
export function judge(
  check: string,
  problems: readonly string[],
  fine: string,
): readonly Finding[] {
  return problems.length === 0
    ? [{ check, mark: "ok", text: fine }]
    : problems.map((text) => ({ check, mark: "wrong", text }));
}

export function bytesText(bytes: number): string {
  const [unit, size] = bytes < 1024 ** 3 ? ["MiB", 1024 ** 2] : ["GiB", 1024 ** 3];
  return `${(bytes / Number(size)).toFixed(1)} ${unit}`;
}
