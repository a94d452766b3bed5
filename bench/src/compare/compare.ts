import type { Checked } from "@flotilla/common/checked";
import { messageOf } from "@flotilla/common/message-of";
import { readRun, showRun } from "../describe-run.ts";
import { findGenerator } from "../generators/find-generator.ts";
import { type MeasuringOptions, parseMeasuringOptions } from "../measuring-options.ts";
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
/** As shells say it. */
const INTERRUPTED = 130;
const QUICK = { seconds: 1, rounds: 3 };

/** `bun run bench`: Flotilla and what a user would pick instead, by turns, in one run on one machine. */
export async function compare(words: readonly string[]): Promise<number> {
  const options = parseOptions(words);
  if (!options.ok) {
    process.stderr.write(`${options.problems.join("\n")}\n`);
    return 2;
  }
  const { help, quick, write, scenarios } = options.value;
  if (help) {
    print(helpText());
    return 0;
  }
  const length = quick ? QUICK : FULL;
  const run = readRun(["bun run bench", ...words].join(" "));
  print(
    `${scenarios.length} scenarios, about ${minutes(scenarios, length)} minutes\n${showRun(run)}`,
  );
  const results: Result[] = [];
  const problems: string[] = [];
  for await (const { scenario, measured } of measureAll(scenarios, length)) {
    if (typeof measured === "string") {
      print(`  ${measured}`);
      problems.push(`${scenario.name}: ${measured}`);
      continue;
    }
    const result = { scenario, run, secondsEach: length.seconds, ...measured };
    results.push(result);
    if (write) await writeResult(result);
  }
  print(`\n${resultsTable(results)}\n\nCPU seconds per 1,000 requests:\n\n${cpuTable(results)}\n`);
  for (const problem of problems) print(problem);
  if (write) await report();
  const isMet = ({ scenario, rounds }: Result) => judge(scenario, rounds).every(({ met }) => met);
  return problems.length === 0 && results.every(isMet) ? 0 : 1;
}

async function* measureAll(
  scenarios: readonly Scenario[],
  length: Omit<Measuring, "generators">,
): AsyncGenerator<{
  readonly scenario: Scenario;
  readonly measured: Omit<Result, "scenario" | "run" | "secondsEach"> | string;
}> {
  const generators = { wrk: await findGenerator("wrk"), h2load: await findGenerator("h2load") };
  const versions = { wrk: generators.wrk.version, h2load: generators.h2load.version };
  await using pool = createStackPool();
  const stop = async () => {
    await pool[Symbol.asyncDispose]();
    process.exit(INTERRUPTED);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  for (const [at, scenario] of scenarios.entries()) {
    print(`\n[${at + 1}/${scenarios.length}] ${scenario.name}: ${scenario.what}`);
    await pool.keep(needed(scenarios.slice(at)));
    const measured = await tryScenario(scenario, pool, { ...length, generators });
    yield {
      scenario,
      measured: typeof measured === "string" ? measured : { ...measured, generators: versions },
    };
  }
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

function parseOptions(
  words: readonly string[],
): Checked<MeasuringOptions & { readonly scenarios: readonly Scenario[] }> {
  const parsed = parseMeasuringOptions(words);
  if (!parsed.ok) return parsed;
  const chosen = chooseScenarios(SCENARIOS, parsed.value);
  return chosen.ok ? { ok: true, value: { ...parsed.value, scenarios: chosen.value } } : chosen;
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

Others: bun run bench chaos | conversations | curves | guard | handlers | install-peers | overload | report`;
}
