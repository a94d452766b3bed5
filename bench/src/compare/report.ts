import { join } from "node:path";
import { showRun } from "../describe-run.ts";
import { writeBlock } from "../write-block.ts";
import { barChart } from "./bar-chart.ts";
import { chartPanels } from "./chart-panels.ts";
import { type Result, readResults } from "./results.ts";
import { cpuTable, resultsTable } from "./results-table.ts";
import { isQuick, SCENARIOS } from "./scenarios.ts";

const IMAGE = "docs/images/benchmark.svg";
const REPOSITORY = join(import.meta.dir, "../../..");

/** `bun run bench report`: what is recorded, as the docs and the README show it. */
export async function report(): Promise<number> {
  const results = await readResults(SCENARIOS);
  const runs = [...new Set(results.map(({ run }) => showRun(run)))].join("; ");
  const parts = [
    runs,
    resultsTable(results),
    "CPU seconds per 1,000 requests, which others on the machine disturb least:",
    cpuTable(results),
    versionsOf(results),
  ];
  await Bun.write(join(REPOSITORY, IMAGE), barChart(chartPanels(results)));
  await writeBlock("docs/performance.md", "comparison", parts.join("\n\n"));
  const most = results.filter(({ scenario }) => isQuick(scenario));
  const image = `![Requests per second, Flotilla and others](${IMAGE})`;
  await writeBlock("README.md", "benchmark", [image, resultsTable(most), runs].join("\n\n"));
  return 0;
}

function versionsOf(results: readonly Result[]): string {
  const sides = new Map(
    results.flatMap(({ versions, generators }) =>
      Object.entries({ ...versions, generators }).map(([side, parts]) => {
        const named = Object.entries(parts).map(([name, version]) => `${name} ${version}`);
        return [side, `${side}: ${named.join(", ")}`] as const;
      }),
    ),
  );
  return `${[...sides.values()].filter((line) => !line.endsWith(": ")).join("; ")}.`;
}
