import { cosine } from "@flotilla/testkit/mixed-texts";
import { alternate } from "../pairs/alternate.ts";
import { print } from "../print.ts";
import { openSides } from "./open-sides.ts";
import type { Scenario } from "./scenario.ts";
import { showRound } from "./show-round.ts";
import type { Measuring, Side } from "./side.ts";
import type { Slice } from "./slice.ts";
import type { StackPool } from "./stack-pool.ts";

/** Of one slice a round for each side, in the order of the sides. */
export type Rounds = readonly (readonly Slice[])[];

export interface Measured {
  readonly rounds: Rounds;
  /** Of what each side is made of. */
  readonly versions: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A dynamically quantised model answers 0.985 and more to itself, depending on who shares the batch. */
const ALIKE = 0.95;

/** Throws where a stack cannot be started, or answers wrongly. */
export async function runScenario(
  scenario: Scenario,
  pool: StackPool,
  measuring: Measuring,
): Promise<Measured> {
  await using opened = await openSides(scenario, pool, measuring);
  const { sides } = opened;
  await checkAll(sides);
  if (scenario.load.kind === "closed") {
    for (const side of sides) {
      for (let s = 0; s < side.warmUpS; s += measuring.seconds) await side.measure();
    }
  }
  const rounds = await alternate({
    sides: sides.map((side) => () => side.measure()),
    rounds: measuring.rounds,
    onRound: (round) => print(`  ${showRound(scenario, round)}`),
  });
  await checkAll(sides);
  return {
    rounds,
    versions: Object.fromEntries(sides.map(({ name, versions }) => [name, versions])),
  };
}

async function checkAll(sides: readonly Side[]): Promise<void> {
  let known: { readonly name: string; readonly numbers: readonly number[] } | undefined;
  for (const { name, check } of sides) {
    const numbers = await check();
    if (numbers.length === 0) continue;
    known ??= { name, numbers };
    // NaN where one has more numbers than the other.
    if (!(cosine(known.numbers, numbers) >= ALIKE)) {
      const [one, other] = [known.numbers, numbers].map((row) => row.slice(0, 4).join(", "));
      throw new Error(`${known.name} answers ${one} …, but ${name} ${other} …`);
    }
  }
}
