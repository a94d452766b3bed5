import type { Generator, GeneratorName } from "../generators/find-generator.ts";
import type { SideName } from "./scenario.ts";
import type { Slice } from "./slice.ts";

/** One side of a scenario, ready to be measured as often as is wanted. */
export interface Side {
  readonly name: SideName;
  readonly versions: Readonly<Record<string, string>>;
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
