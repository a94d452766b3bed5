import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FleetRecord, keepFleetRecord, planFleet } from "./fleet-record.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "flotilla-test-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function planAfter(record: FleetRecord, configured: number) {
  const path = join(folder, "fleet.json");
  writeFileSync(path, JSON.stringify(record));
  return planFleet(path, configured);
}

test("a first fleet has the configured size", () => {
  expect(planFleet(join(folder, "none.json"), 3)).toEqual({ replicas: 3, drained: [], notes: [] });
});

test("a fleet that nobody changed says nothing", () => {
  const plan = planAfter({ configured: 3, replicas: 3, drained: [] }, 3);

  expect(plan).toEqual({ replicas: 3, drained: [], notes: [] });
});

test("a scaled fleet keeps its size, and drained replicas stay so, and both are told", () => {
  expect(planAfter({ configured: 3, replicas: 5, drained: ["server-2", "server-5"] }, 3)).toEqual({
    replicas: 5,
    drained: ["server-2", "server-5"],
    notes: [
      "the fleet has 5 replicas, as it was scaled (3 are configured)",
      "server-2 stays drained, as it was; `flotilla return server-2` starts it",
      "server-5 stays drained, as it was; `flotilla return server-5` starts it",
    ],
  });
});

test("a size that is configured anew holds, with those drained that it has", () => {
  const plan = planAfter({ configured: 3, replicas: 5, drained: ["server-2", "server-5"] }, 4);

  expect([plan.replicas, plan.drained]).toEqual([4, ["server-2"]]);
});

test("a fleet of which all were drained starts as a whole, and says so", () => {
  expect(planAfter({ configured: 2, replicas: 2, drained: ["server-1", "server-2"] }, 2)).toEqual({
    replicas: 2,
    drained: [],
    notes: ["every replica was drained: all are started, for else nothing would serve"],
  });
});

test("what is no record of a fleet is told of, and is no reason not to start", () => {
  const foreign = [
    "",
    '{"configured":3,"repli',
    "null",
    "[1,2]",
    '"text"',
    '{"configured":3,"replicas":0,"drained":[]}',
    '{"configured":3,"replicas":100,"drained":[]}',
    '{"configured":3,"replicas":"5","drained":[]}',
    '{"configured":3,"replicas":5,"drained":"server-1"}',
    '{"configured":3,"replicas":5,"drained":[1]}',
    '{"replicas":5,"drained":[]}',
  ];
  for (const [at, text] of foreign.entries()) {
    const path = join(folder, `foreign-${at}.json`);
    writeFileSync(path, text);
    const { notes, ...plan } = planFleet(path, 3);

    expect([text, plan]).toEqual([text, { replicas: 3, drained: [] }]);
    expect(notes).toEqual([
      `${path} is no record of a fleet: it has the configured size, and nobody is drained`,
    ]);
  }
  mkdirSync(join(folder, "folder.json"));
  expect(planFleet(join(folder, "folder.json"), 3)).toMatchObject({ replicas: 3, drained: [] });
});

test("what became of a fleet is what the next one begins with", () => {
  const path = join(folder, "kept.json");
  const keep = keepFleetRecord({ path, plan: planFleet(path, 3), configured: 3 });
  keep({ configured: 3, replicas: 5, drained: ["server-1"] });
  expect(planFleet(path, 3)).toMatchObject({ replicas: 5, drained: ["server-1"] });

  keep({ configured: 3, replicas: 3, drained: [] });
  expect(planFleet(path, 3)).toEqual({ replicas: 3, drained: [], notes: [] });
});

test("a size that was configured, and that the fleet did not get any more, is the next one's", () => {
  const path = join(folder, "interrupted.json");
  const keep = keepFleetRecord({ path, plan: planFleet(path, 3), configured: 3 });
  keep({ configured: 4, replicas: 3, drained: [] });
  expect(planFleet(path, 4).replicas).toBe(4);

  keep({ configured: 4, replicas: 5, drained: [] });
  expect(planFleet(path, 4).replicas).toBe(5);
});
