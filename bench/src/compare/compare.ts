import { parseArgs } from "node:util";
import { messageOf } from "@flotilla/common/message-of";
import { readRun, showRun } from "../describe-run.ts";
import { findGenerator } from "../generators/find-generator.ts";
import { print } from "../print.ts";
import { lacksModel } from "../stacks/workload-models.ts";
import { isBare } from "./bare-side.ts";
import { chooseScenarios } from "./choose-scenarios.ts";
import { estimateSeconds } from "./estimate.ts";
import { judge } from "./judge.ts";
import { report } from "./report.ts";
import { type Result, writeResult } from "./results.ts";
import { cpuTable, resultsTable } from "./results-table.ts";
import { runScenario } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";
import type { Measuring } from "./side.ts";
import { createStackPool, type StackKey, type StackPool } from "./stack-pool.ts";

const FULL = { seconds: 5, rounds: 3 };
const QUICK = { seconds: 1, rounds: 3 };

/** `bun run bench`: Flotilla and what a user would pick instead, by turns, in one run on one machine. */
export async function compare(words: readonly string[]): Promise<number> {
  const options = parseOptions(words);
  if ("problem" in options) {
    process.stderr.write(`${options.problem}\n`);
    return 2;
  }
  if (options.help) {
    print(helpText());
    return 0;
  }
  if (options.quick && options.write) {
    process.stderr.write(
      "--write: expected a full run, got --quick, which is too short to be shown\n",
    );
    return 2;
  }
  const chosen = chooseScenarios(SCENARIOS, options);
  if (!chosen.ok) {
    process.stderr.write(`${chosen.problems.join("\n")}\n`);
    return 2;
  }
  const length = options.quick ? QUICK : FULL;
  const generators = { wrk: await findGenerator("wrk"), h2load: await findGenerator("h2load") };
  const measuring: Measuring = { ...length, generators };
  const run = readRun(["bun run bench", ...words].join(" "));
  print(
    `${chosen.value.length} scenarios, about ${minutes(chosen.value, measuring)} minutes\n${showRun(run)}`,
  );

  const results: Result[] = [];
  const problems: string[] = [];
  await using pool = createStackPool();
  for (const [at, scenario] of chosen.value.entries()) {
    print(`\n[${at + 1}/${chosen.value.length}] ${scenario.name}: ${scenario.what}`);
    await pool.keep(needed(chosen.value.slice(at)));
    const measured = await tryScenario(scenario, pool, measuring);
    if (typeof measured === "string") {
      print(`  ${measured}`);
      problems.push(`${scenario.name}: ${measured}`);
      continue;
    }
    const versions = { wrk: generators.wrk.version, h2load: generators.h2load.version };
    const result = {
      scenario,
      run,
      secondsEach: length.seconds,
      generators: versions,
      ...measured,
    };
    results.push(result);
    if (options.write) await writeResult(result);
  }
  print(`\n${resultsTable(results)}\n\nCPU seconds per 1,000 requests:\n\n${cpuTable(results)}\n`);
  for (const problem of problems) print(problem);
  if (options.write) await report();
  const isMet = ({ scenario, rounds }: Result) => judge(scenario, rounds).every(({ met }) => met);
  return problems.length === 0 && results.every(isMet) ? 0 : 1;
}

/** What it measured, or why it could not. */
async function tryScenario(scenario: Scenario, pool: StackPool, measuring: Measuring) {
  if (lacksModel(scenario.workload)) return "left out: FLOTILLA_TEST_MODELS has no MiniLM";
  try {
    return await runScenario(scenario, pool, measuring);
  } catch (error) {
    return `failed: ${messageOf(error)}`;
  }
}

/** What these scenarios will ask of the pool, as far as they are for the first one's workload. */
function needed(scenarios: readonly Scenario[]): readonly StackKey[] {
  const workload = scenarios[0]?.workload;
  return scenarios
    .filter((scenario) => scenario.workload === workload)
    .flatMap(({ sides }) =>
      sides.flatMap((name) => (isBare(name) || !workload ? [] : [{ name, workload }])),
    );
}

function parseOptions(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        help: { type: "boolean", default: false },
        only: { type: "string", multiple: true, default: [] },
        quick: { type: "boolean", default: false },
        write: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return { problem: `${messageOf(error)} (--help says what there is)` };
  }
}

function minutes(scenarios: readonly Scenario[], length: Omit<Measuring, "generators">): string {
  return Math.ceil(estimateSeconds(scenarios, length) / 60).toFixed(0);
}

function helpText(): string {
  const quick = chooseScenarios(SCENARIOS, { only: [], quick: true });
  const widest = Math.max(...SCENARIOS.map(({ name }) => name.length));
  const lines = SCENARIOS.map(({ name, what }) => `  ${name.padEnd(widest)}  ${what}`);
  return `bun run bench [--quick] [--only NAME] [--write]

Measures Flotilla and others by turns, ${FULL.rounds} times each, and says which targets are met.
All scenarios take about ${minutes(SCENARIOS, FULL)} minutes.

  --quick      slices of ${QUICK.seconds} s, and only what has a target and starts fast:
               about ${quick.ok ? minutes(quick.value, QUICK) : "?"} minutes
  --only NAME  a scenario, or all with that stack; may be given several times
  --write      records the results in bench/results, and rewrites the tables of
               docs/performance.md and README.md, and the chart

Scenarios:
${lines.join("\n")}

Others: bun run bench chaos | conversations | guard | handlers | install-peers | overload | report`;
}
