import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderReport } from "../src/compare/report.ts";
import { type Result, readResults, writeResult } from "../src/compare/results.ts";
import { SCENARIOS } from "../src/compare/scenarios.ts";

const ROOT = join(import.meta.dir, "../..");
const read = (page: string) => readFileSync(join(ROOT, page), "utf8");

const RUN = {
  command: "bun run bench --write",
  date: "2026-11-21",
  commit: "abc1234",
  changed: false,
  bun: "1.4.5",
  cpu: "a CPU",
  cores: 2,
  kernel: "6.1",
};

function resultOf(name: string, perSecond: readonly (readonly [number, number])[]): Result {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  const slice = (value: number) => ({
    figures: { perSecond: value, p50Ms: 1, p99Ms: 2 },
    cpu: { replicas: 0.03, nginx: 0.015, load: 0.009 },
  });
  return {
    scenario,
    run: RUN,
    secondsEach: 5,
    generators: { wrk: "4.1.0" },
    versions: { flotilla: { Bun: "1.4.5" }, fastapi: {} },
    rounds: perSecond.map(([one, other]) => [slice(one), slice(other)]),
  };
}

const FASTAPI = resultOf("mlp-http-32-fastapi", [
  [30_000, 5_000],
  [20_000, 2_500],
  [33_000, 5_000],
]);

test("a result is read as it was written", async () => {
  const folder = await mkdtemp(join(tmpdir(), "flotilla-results-"));
  await writeResult(FASTAPI, folder);

  expect(await readResults(SCENARIOS, folder)).toEqual([FASTAPI]);
  await rm(folder, { recursive: true });
});

test("a report says what was compared, how it went round by round, and what it cost", () => {
  const litserve = resultOf("mlp-http-32-litserve", [[30_000, 1_000]]);
  const { comparison, summary, chart } = renderReport([FASTAPI, litserve]);
  const rows = comparison.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));

  expect(rows.find(([, , beside]) => beside === "fastapi")?.slice(1, -1)).toEqual([
    "MLP, HTTP, 32 connections",
    "fastapi",
    "30,000/s",
    "5,000/s",
    "× 6.60 (6.00 to 8.00)",
    "at least 6",
    "met",
  ]);
  expect(rows.find(([, , stack]) => stack === "flotilla")?.slice(3, -1)).toEqual([
    "0.03",
    "0.015",
    "–",
    "0.009",
  ]);
  expect(comparison).toContain("commit abc1234");
  expect(comparison).toContain("flotilla: Bun 1.4.5; load: wrk 4.1.0.");
  expect(summary).not.toContain("litserve");
  expect(chart).toContain(">1 of 6.6</text>");
  expect(chart).toContain(">1 of 30.0</text>");
});

test("the figures in the README and the docs are those in bench/results", async () => {
  const results = await readResults(SCENARIOS);
  const blockOf = (page: string, name: string) =>
    new RegExp(`<!-- ${name}: .*? -->\n([^]*?)\n?<!-- /${name} -->`).exec(read(page))?.[1];
  const shown = {
    comparison: blockOf("docs/performance.md", "comparison"),
    summary: blockOf("README.md", "benchmark"),
    ...(results.length > 0 && { chart: read("docs/images/benchmark.svg") }),
  };

  expect(shown as object).toEqual(
    results.length > 0 ? renderReport(results) : { comparison: "", summary: "" },
  );
});
