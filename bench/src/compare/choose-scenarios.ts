import { type Checked, refused } from "@flotilla/common/checked";
import { closestWord } from "@flotilla/common/closest-word";
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
  const unknown = only.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    return refused(
      ...unknown.map((name) => {
        const near = closestWord(name, known);
        const mend = near === undefined ? "--help lists them" : `did you mean ${near}?`;
        return `--only ${name}: expected a scenario or a stack; ${mend}`;
      }),
    );
  }
  return {
    ok: true,
    value: scenarios.filter((scenario) => namesOf(scenario).some((name) => only.includes(name))),
  };
}
