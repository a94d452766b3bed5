import type { Scenario } from "./scenario.ts";
import { FIRST_WARM_UP_S, type Measuring, WARM_UP_S } from "./side.ts";

/** From a twentieth of what a closed loop gets to a fifth more than that; half of them twice. */
const RATES_TRIED = 12;
/** Connections, checks, a generator's start. */
const AROUND_SLICE_S = 0.6;
const START_S = { own: 4, peer: 20 };

/** About how long the scenarios take, in seconds. */
export function estimateSeconds(
  scenarios: readonly Scenario[],
  { seconds, rounds }: Pick<Measuring, "seconds" | "rounds">,
): number {
  const slice = seconds + AROUND_SLICE_S;
  const measuring = scenarios.reduce((sum, { load, sides }) => {
    const warmUps = load.kind === "closed" ? Math.ceil(WARM_UP_S / seconds) : 0;
    const tried = load.kind === "highest-rate" ? RATES_TRIED : 1;
    const before = load.kind === "half-rate" ? RATES_TRIED : 0;
    return sum + slice * (sides.length * (rounds * tried + warmUps) + before);
  }, 0);
  const stacks = new Set(
    scenarios.flatMap(({ sides, workload }) => sides.map((side) => `${side} ${workload}`)),
  );
  const starting = [...stacks].reduce(
    (sum, stack) =>
      sum + FIRST_WARM_UP_S + (/^(flotilla|bare|static)/.test(stack) ? START_S.own : START_S.peer),
    0,
  );
  return measuring + starting;
}
