import { compared } from "./judge.ts";
import type { Figure, Scenario } from "./scenario.ts";
import type { Slice } from "./slice.ts";

const UNITS: Readonly<Record<Figure, (value: number) => string>> = {
  perSecond: (value) => `${thousands(value)}/s`,
  p50Ms: (value) => `p50 ${value.toFixed(2)} ms`,
  p99Ms: (value) => `p99 ${value.toFixed(2)} ms`,
  readyMs: (value) => `ready after ${value.toFixed(0)} ms`,
  rssMb: (value) => `${value.toFixed(0)} MB`,
};

/** One line while it runs: what each side did, and the ratio of this round. */
export function showRound({ sides }: Scenario, round: readonly Slice[]): string {
  const shown = round.map((slice, at) => `${sides[at]} ${showFigures(slice)}`);
  const { median } = compared([round], { figure: "perSecond", as: "ratio" });
  return [...shown, ...(Number.isNaN(median) ? [] : [`× ${median.toFixed(2)}`])].join("   ");
}

function showFigures({ figures }: Slice): string {
  return Object.entries(figures)
    .map(([figure, value]) => showFigure(figure as Figure, value))
    .join(", ");
}

export function showFigure(figure: Figure, value: number): string {
  return UNITS[figure](value);
}

export function thousands(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 1 : 0 });
}
