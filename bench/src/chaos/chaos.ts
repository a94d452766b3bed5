import { parseArgs } from "node:util";
import { TESTED_SUITES } from "@flotilla/testkit/start-nginx";
import { chaosConversations } from "../conversations/chaos-conversations.ts";
import { describeRun } from "../describe-run.ts";
import { print } from "../print.ts";
import { writeBlock } from "../write-block.ts";
import { chaosTable, describeFailures } from "./chaos-table.ts";
import { restore } from "./fleet-states.ts";
import { type Row, runScenario } from "./run-scenario.ts";
import { type Scenario, scenariosWith } from "./scenarios.ts";
import { type Suite, startChaosFleet } from "./start-chaos-fleet.ts";

const FULL = { answersPerPhase: 4_000, reloads: 20 };
const QUICK = { answersPerPhase: 500, reloads: 5 };

/** `bun run chaos`: every scenario on every NGINX; the exit code says whether what promises zero has kept it. */
export async function chaos(words: readonly string[]): Promise<number> {
  if (words[0] === "conversations") return await chaosConversations(words.slice(1));
  const { values } = parseArgs({
    args: [...words],
    options: {
      nginx: { type: "string", default: TESTED_SUITES.join(",") },
      only: { type: "string", default: "" },
      quick: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
    },
  });
  const suites = values.nginx.split(",").map(parseSuite);
  const { answersPerPhase, reloads } = values.quick ? QUICK : FULL;
  const all = scenariosWith({ reloads });
  const scenarios = all.filter(({ name }) => name.includes(values.only));
  if (scenarios.length === 0) {
    const names = all.map(({ name }) => name).join("; ");
    throw new Error(`no scenario's name has "${values.only}" in it: ${names}`);
  }

  const rows: Row[] = [];
  const broken: string[] = [];
  for (const suite of suites) {
    try {
      for await (const row of onOneFleet({ suite, scenarios, answersPerPhase })) rows.push(row);
    } catch (error) {
      broken.push(`on ${suite}: ${(error as Error).message}`);
    }
  }
  const table = `${describeRun(["bun run chaos", ...words].join(" "))}\n\n${chaosTable(rows)}`;
  print(`\n${table}\n`);
  for (const problem of broken) print(`not finished ${problem}`);
  const kept = rows.every(({ failed, scenario }) => failed === 0 || !scenario.promisesZero);
  print(kept ? "nothing failed that promises zero" : "something failed that promises zero");
  if (values.write) await writeBlock("docs/chaos.md", "chaos", table);
  return kept && broken.length === 0 ? 0 : 1;
}

async function* onOneFleet(options: {
  readonly suite: Suite;
  readonly scenarios: readonly Scenario[];
  readonly answersPerPhase: number;
}): AsyncGenerator<Row> {
  const { suite, scenarios, answersPerPhase } = options;
  await using fleet = await startChaosFleet(suite);
  for (const scenario of scenarios) {
    print(`NGINX ${fleet.nginxVersion}: ${scenario.name}`);
    const run = async () => {
      await restore(fleet);
      return await runScenario({ fleet, scenario, answersPerPhase });
    };
    const rows = await run().catch((error: Error) => {
      throw new Error(
        `${scenario.name}: ${error.message}; the fleet's last words:\n${fleet.output().slice(-4_000)}`,
      );
    });
    for (const row of rows) {
      print(
        `  ${row.protocol}: ${row.failed} of ${row.requests} failed, ${row.retried} retried, ${row.exempt} exempt, longest gap ${row.longestGapMs.toFixed(0)} ms`,
      );
      for (const line of describeFailures(row)) print(line);
      if (row.failed > 0 && scenario.promisesZero) print(fleet.output().slice(-4_000));
      yield row;
    }
  }
}

function parseSuite(text: string): Suite {
  const suite = TESTED_SUITES.find((known) => known === text);
  if (suite === undefined) throw new Error(`--nginx ${text}: expected ${TESTED_SUITES.join(", ")}`);
  return suite;
}
