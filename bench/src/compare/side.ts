import type { Generator, GeneratorName } from "../generators/find-generator.ts";
import type { SideName } from "./scenario.ts";
import type { Slice } from "./slice.ts";

/** Of a stack that was asked before: another kind of load is another way through its code. */
export const WARM_UP_S = 3;
/** What a start has left to do, and compilers that watch what is often run: text models are not asked so often. */
export const FIRST_WARM_UP_S = 15;

/** One side of a scenario, ready to be measured as often as is wanted. */
export interface Side {
  readonly name: SideName;
  readonly versions: Readonly<Record<string, string>>;
  /** How long it is asked before anything counts. */
  readonly warmUpS: number;
  measure(): Promise<Slice>;
  /**
   * Throws for a wrong answer. Returns numbers of a right one, which another side's must be like; none where nothing
   * can be compared.
   */
  check(): Promise<readonly number[]>;
}

export interface Measuring {
  readonly generators: Readonly<Record<GeneratorName, Generator>>;
  /** Of one slice: whole, for wrk. */
  readonly seconds: number;
  readonly rounds: number;
}
