import { escapeControls } from "./escape-controls.ts";

/** Rows below each other, as wide as they need to be; the first is the heading. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const safe = rows.map((row) => row.map(escapeControls));
  const widths = (safe[0] ?? []).map((_, column) =>
    Math.max(...safe.map((row) => row[column]?.length ?? 0)),
  );
  return safe.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
