import type { CpuTimes } from "../cpu/cpu-time.ts";
import { markdownTable } from "../markdown-table.ts";
import { type Spread, spreadOf } from "../pairs/spread.ts";
import { compared, type Judged, judge, medianOf } from "./judge.ts";
import type { Result } from "./results.ts";
import type { Figure, Target } from "./scenario.ts";
import { showFigure, thousands } from "./show-round.ts";

const HEAD = ["what", "beside", "Flotilla", "the other", "compared"];
const TARGET_HEAD = ["wanted", ""];

/** A row for each target; of a scenario without one, what it compares. */
export function resultsTable(results: readonly Result[]): string {
  return markdownTable(
    [...HEAD, ...TARGET_HEAD],
    results.flatMap((result) => {
      const judged = judge(result.scenario, result.rounds);
      return judged.length > 0 ? judged.map((one) => rowOf(result, one)) : [rowOf(result)];
    }),
  );
}

/** For who wants to know what Flotilla does, and not what it was meant to. */
export function figuresTable(results: readonly Result[]): string {
  const rows = results.map((result) => {
    const [judged] = judge(result.scenario, result.rounds);
    return rowOf(result, judged).slice(0, HEAD.length);
  });
  return markdownTable(HEAD, rows);
}

const COMPARED: Pick<Target, "figure" | "as"> = { figure: "perSecond", as: "ratio" };

function rowOf(
  { scenario, rounds }: Result,
  judged?: Pick<Judged, "target" | "met">,
): readonly string[] {
  const { what, sides } = scenario;
  const target = judged?.target ?? COMPARED;
  const of = (side: number) => showFigure(target.figure, medianOf(rounds, side, target.figure));
  return [
    what,
    sides[1] ?? "",
    of(0),
    sides[1] === undefined ? "" : of(1),
    showCompared(target, compared(rounds, target)),
    judged === undefined ? "" : showWanted(judged.target),
    judged === undefined ? "" : judged.met ? "met" : "**missed**",
  ];
}

function showCompared(
  { figure, as }: Pick<Target, "figure" | "as">,
  { median, least, most }: Spread,
): string {
  const show = (value: number) => (as === "ratio" ? value.toFixed(2) : shortly(figure, value));
  return `${as === "ratio" ? "× " : ""}${show(median)} (${show(least)} to ${show(most)})`;
}

function showWanted(target: Target): string {
  const [words, value] =
    "atLeast" in target ? ["at least", target.atLeast] : ["at most", target.atMost];
  return `${words} ${target.as === "ratio" ? value : shortly(target.figure, value)}`;
}

function shortly(figure: Figure, value: number): string {
  const units = { perSecond: "/s", p50Ms: " ms", p99Ms: " ms", readyMs: " ms", rssMb: " MB" };
  return `${figure === "perSecond" ? thousands(value) : Number(value.toPrecision(3))}${units[figure]}`;
}

const CPU_HEAD = ["what", "stack", "replicas", "NGINX", "others", "the generator"];

/** CPU seconds per 1,000 requests by kind of process, medians: what a shared machine disturbs least. */
export function cpuTable(results: readonly Result[]): string {
  const rows = results.flatMap(({ scenario, rounds }) =>
    scenario.sides.flatMap((side, at) => {
      const used = rounds.flatMap((round) => (round[at]?.cpu === undefined ? [] : [round[at].cpu]));
      if (used.length === 0) return [];
      const kinds = ["replicas", "nginx", "others", "load"].map((kind) => showCpu(used, kind));
      return [[scenario.what, side, ...kinds]];
    }),
  );
  return markdownTable(CPU_HEAD, rows);
}

function showCpu(used: readonly CpuTimes[], kind: string): string {
  const { median } = spreadOf(used.map((times) => times[kind] ?? 0));
  return median === 0 ? "–" : String(Number(median.toPrecision(2)));
}
