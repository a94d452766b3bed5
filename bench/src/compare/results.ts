import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Run } from "../describe-run.ts";
import type { Measured } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";

/** What one scenario's last recorded run gave. */
export interface Result extends Measured {
  readonly scenario: Scenario;
  readonly run: Run;
  /** Of the generators, by their names. */
  readonly generators: Readonly<Record<string, string>>;
  readonly secondsEach: number;
}

const RESULTS: string = join(import.meta.dir, "../../results");

/** One file for each scenario, so that one can be measured again without the others. */
export async function writeResult(result: Result, folder: string = RESULTS): Promise<void> {
  await Bun.write(fileOf(result.scenario, folder), `${JSON.stringify(result, null, 2)}\n`);
}

/** Those that were recorded, in the order of the scenarios. */
export async function readResults(
  scenarios: readonly Scenario[],
  folder: string = RESULTS,
): Promise<readonly Result[]> {
  const files = scenarios.map((scenario) => fileOf(scenario, folder)).filter(existsSync);
  return await Promise.all(files.map((file): Promise<Result> => Bun.file(file).json()));
}

function fileOf({ name }: Scenario, folder: string): string {
  return join(folder, `${name}.json`);
}
