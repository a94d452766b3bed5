import { join } from "node:path";
import { showRun } from "../describe-run.ts";
import { writeBlock } from "../write-block.ts";
import { barChart } from "./bar-chart.ts";
import { chartPanels } from "./chart-panels.ts";
import { type Result, readResults } from "./results.ts";
import { cpuTable, figuresTable, resultsTable } from "./results-table.ts";
import { isQuick, SCENARIOS } from "./scenarios.ts";

const IMAGE = "docs/images/benchmark.svg";
const REPOSITORY = join(import.meta.dir, "../../..");

/** `bun run bench report`: what is recorded, as the docs and the README show it. */
export async function report(): Promise<number> {
  const { comparison, summary, chart } = renderReport(await readResults(SCENARIOS));
  await writeBlock("docs/performance.md", "comparison", comparison);
  await writeBlock("README.md", "benchmark", summary);
  await Bun.write(join(REPOSITORY, IMAGE), chart);
  return 0;
}

export function renderReport(results: readonly Result[]): {
  /** For docs/performance.md. */
  readonly comparison: string;
  /** For the README. */
  readonly summary: string;
  readonly chart: string;
} {
  const runs = [...new Set(results.map(({ run }) => showRun(run)))].join("; ");
  const image = `![Requests per second: Flotilla and others](${IMAGE})`;
  const most = results.filter(({ scenario }) => isQuick(scenario));
  return {
    comparison: [
      runs,
      resultsTable(results),
      "CPU seconds per 1,000 requests:",
      cpuTable(results),
      versionsOf(results),
    ].join("\n\n"),
    summary: [image, figuresTable(most), runs].join("\n\n"),
    chart: barChart(chartPanels(results)),
  };
}

function versionsOf(results: readonly Result[]): string {
  const sides = new Map(
    results
      .flatMap(({ versions, generators }) => Object.entries({ ...versions, load: generators }))
      .map(([side, parts]) => {
        const named = Object.entries(parts).map(([name, version]) => `${name} ${version}`);
        return [side, named.length > 0 ? [`${side}: ${named.join(", ")}`] : []] as const;
      }),
  );
  return `${[...sides.values()].flat().join("; ")}.`;
}
