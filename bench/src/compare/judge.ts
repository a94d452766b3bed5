import { type Spread, spreadOf } from "../pairs/spread.ts";
import type { Rounds } from "./run-scenario.ts";
import type { Figure, Scenario, Target } from "./scenario.ts";
import type { Slice } from "./slice.ts";

export interface Judged {
  readonly target: Target;
  readonly spread: Spread;
  readonly met: boolean;
}

/** Round by round, then the median of those. */
export function compared(rounds: Rounds, { figure, as }: Pick<Target, "figure" | "as">): Spread {
  const of = (slice: Slice | undefined) => slice?.figures[figure] ?? Number.NaN;
  return spreadOf(
    rounds.map(([first, second]) => {
      if (as === "value") return of(first);
      return as === "ratio" ? of(first) / of(second) : of(first) - of(second);
    }),
  );
}

export function judge({ targets }: Pick<Scenario, "targets">, rounds: Rounds): readonly Judged[] {
  return targets.map((target) => {
    const spread = compared(rounds, target);
    const met =
      "atLeast" in target ? spread.median >= target.atLeast : spread.median <= target.atMost;
    return { target, spread, met };
  });
}

export function medianOf(rounds: Rounds, side: number, figure: Figure): number {
  return spreadOf(rounds.map((round) => round[side]?.figures[figure] ?? Number.NaN)).median;
}
