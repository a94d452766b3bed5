import type { Generator, GeneratorName } from "../generators/find-generator.ts";

/** One figure or several over one other: how it is measured, and how it is shown. */
export interface Curve<Data = unknown> {
  readonly name: string;
  /** What grows, and what is looked at. */
  readonly what: string;
  /** About, in a full run. */
  readonly minutes: number;
  measure(measuring: Measuring): Promise<Data>;
  show(data: Data): Shown;
}

export interface Measuring {
  readonly generators: Readonly<Record<GeneratorName, Generator>>;
  /** Of one slice: whole, for wrk. */
  readonly seconds: number;
  readonly rounds: number;
  /** Hardly more than a look whether it works. */
  readonly quick: boolean;
}

interface Shown {
  /** Tables and the sentences that have figures, in Markdown. */
  readonly text: string;
  /** An SVG, where it tells more than the table. */
  readonly chart?: { readonly alt: string; readonly svg: string };
}
