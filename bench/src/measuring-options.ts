import { parseArgs } from "node:util";
import { type Checked, refused } from "@flotilla/common/checked";
import { closestWord } from "@flotilla/common/closest-word";
import { messageOf } from "@flotilla/common/message-of";

/** What the commands that measure and record by name take. */
export interface MeasuringOptions {
  readonly help: boolean;
  readonly quick: boolean;
  readonly write: boolean;
  readonly only: readonly string[];
}

export function parseMeasuringOptions(words: readonly string[]): Checked<MeasuringOptions> {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        help: { type: "boolean", default: false },
        only: { type: "string", multiple: true, default: [] },
        quick: { type: "boolean", default: false },
        write: { type: "boolean", default: false },
      },
    });
    return values.quick && values.write
      ? refused("--write: expected a full run, got --quick, which is too short to be shown")
      : { ok: true, value: values };
  } catch (error) {
    return refused(`${messageOf(error)} (--help says what there is)`);
  }
}

/** A problem for each name in `only` that is not known; `what`: "a curve". */
export function unknownNames(
  only: readonly string[],
  known: readonly string[],
  what: string,
): readonly string[] {
  return only
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = closestWord(name, known);
      const mend = near === undefined ? "--help lists them" : `did you mean ${near}?`;
      return `--only ${name}: expected ${what}; ${mend}`;
    });
}
