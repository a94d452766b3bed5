import { join } from "node:path";
import { showRun } from "../describe-run.ts";
import { writeBlock } from "../write-block.ts";
import { CURVES } from "./all-curves.ts";
import type { Curve } from "./curve.ts";
import { type RecordedCurve, readCurve } from "./recorded-curves.ts";

const PAGE = "docs/performance.md";
const REPOSITORY = join(import.meta.dir, "../../..");

/** What is recorded of each curve, as the docs show it. */
export async function reportCurves(): Promise<void> {
  for (const curve of CURVES) {
    const recorded = await readCurve(curve.name);
    if (recorded === undefined) continue;
    const { block, image } = renderCurve(curve, recorded);
    await writeBlock(PAGE, blockName(curve), block);
    if (image !== undefined) await Bun.write(join(REPOSITORY, image.path), image.svg);
  }
}

export function blockName({ name }: Pick<Curve, "name">): string {
  return `curve-${name}`;
}

export function renderCurve(
  curve: Curve,
  { data, run, versions }: RecordedCurve,
): {
  readonly block: string;
  readonly image: { readonly path: string; readonly svg: string } | undefined;
} {
  const { text, chart } = curve.show(data);
  const file = `images/${blockName(curve)}.svg`;
  const made = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return {
    block: [
      ...(chart === undefined ? [] : [`![${chart.alt}](${file})`]),
      text,
      `${showRun(run)}; ${made.join(", ")}.`,
    ].join("\n\n"),
    image: chart && { path: `docs/${file}`, svg: chart.svg },
  };
}
