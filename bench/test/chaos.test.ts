import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { TESTED_SUITES } from "@flotilla/testkit/start-nginx";
import { describeFailures } from "../src/chaos/chaos-table.ts";
import { restore } from "../src/chaos/fleet-states.ts";
import { runScenario } from "../src/chaos/run-scenario.ts";
import { type Scenario, scenariosWith } from "../src/chaos/scenarios.ts";
import { type ChaosFleet, startChaosFleet } from "../src/chaos/start-chaos-fleet.ts";

// A first start may fetch NGINX, and a slow machine is no failure.
setDefaultTimeout(240_000);

/** A shortened `bun run chaos`: these on every NGINX, and the others on one. */
const EVERYWHERE = ["kill -9 two of three", "reload × 3"];
/** Little more than the one with two. */
const LEFT_OUT = "kill -9 one replica";
const ANSWERS_PER_PHASE = 200;

const promising = scenariosWith({ reloads: 3 }).filter(
  ({ name, promisesZero }) => promisesZero && name !== LEFT_OUT,
);
const master = scenariosWith({ reloads: 3 }).find(({ name }) => name.includes("master"));

describe.each(TESTED_SUITES)("a fleet under load, behind NGINX of Debian's %s", (suite) => {
  let fleet: ChaosFleet;
  beforeAll(async () => {
    fleet = await startChaosFleet(suite);
  });
  afterAll(() => fleet.stop());

  let heard = 0;
  const run = async (scenario: Scenario) => {
    await restore(fleet);
    heard = fleet.output().length;
    return await runScenario({ fleet, scenario, answersPerPhase: ANSWERS_PER_PHASE });
  };

  test.each(
    promising
      .filter(({ name }) => suite === "trixie" || EVERYWHERE.includes(name))
      .map((scenario) => [scenario.name, scenario] as const),
  )("fails no request, and mixes no answers: %s", async (_, scenario) => {
    const rows = await run(scenario);

    const failed = rows.filter((row) => row.failed > 0).flatMap(describeFailures);
    if (failed.length > 0) failed.push(`the fleet said:\n${fleet.output().slice(heard)}`);
    expect(failed).toEqual([]);
    expect(rows.map(({ protocol }) => protocol)).toEqual(["http", "grpc"]);
    for (const { requests } of rows) expect(requests).toBeGreaterThan(2 * ANSWERS_PER_PHASE);
  });

  test("fails requests only as long as NGINX's master is dead, and sees them fail", async () => {
    if (master === undefined) throw new Error("there is no such scenario");
    const rows = await run(master);

    expect(rows.map(({ failed }) => failed > 0)).toEqual([true, true]);
    const wrong = rows.flatMap(({ samples }) => samples.filter(({ kind }) => kind === "wrong"));
    expect(wrong).toEqual([]);
  });
});
