import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Run } from "../describe-run.ts";

/** What a curve's last recorded run gave. */
export interface RecordedCurve {
  readonly name: string;
  readonly run: Run;
  /** By name. */
  readonly versions: Readonly<Record<string, string>>;
  readonly secondsEach: number;
  readonly data: unknown;
}

const RESULTS: string = join(import.meta.dir, "../../results");

export async function writeCurve(curve: RecordedCurve, folder: string = RESULTS): Promise<void> {
  await Bun.write(fileOf(curve.name, folder), `${JSON.stringify(curve, null, 2)}\n`);
}

/** Undefined: it was never recorded. */
export async function readCurve(
  name: string,
  folder: string = RESULTS,
): Promise<RecordedCurve | undefined> {
  const file = fileOf(name, folder);
  return existsSync(file) ? await Bun.file(file).json() : undefined;
}

function fileOf(name: string, folder: string): string {
  return join(folder, `curves-${name}.json`);
}
