import { type Checked, refused } from "@flotilla/common/checked";
import { unknownNames } from "../measuring-options.ts";
import type { Scenario } from "./scenario.ts";
import { isQuick } from "./scenarios.ts";

/** Those whose own name, or a side's, is in `only`; without one all, or the quick ones. */
export function chooseScenarios(
  scenarios: readonly Scenario[],
  { only, quick }: { readonly only: readonly string[]; readonly quick: boolean },
): Checked<readonly Scenario[]> {
  if (only.length === 0) {
    return { ok: true, value: quick ? scenarios.filter(isQuick) : scenarios };
  }
  const namesOf = ({ name, sides }: Scenario): readonly string[] => [name, ...sides];
  const known = [...new Set(scenarios.flatMap(namesOf))];
  const unknown = unknownNames(only, known, "a scenario or a stack");
  if (unknown.length > 0) return refused(...unknown);
  return {
    ok: true,
    value: scenarios.filter((scenario) => namesOf(scenario).some((name) => only.includes(name))),
  };
}
