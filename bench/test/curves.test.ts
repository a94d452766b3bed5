import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lineChart } from "../src/compare/line-chart.ts";
import { CURVES } from "../src/curves/all-curves.ts";
import { connectionsTable } from "../src/curves/connections-curve.ts";
import { fitLine } from "../src/curves/fit-line.ts";
import { between, type FleetCosts, predictFleet } from "../src/curves/fleet-model.ts";
import { holdIdle } from "../src/curves/hold-idle.ts";
import { measureLightFleet } from "../src/curves/measure-light-fleet.ts";
import { type Point, pointOf } from "../src/curves/measure-point.ts";
import { describeLoaded } from "../src/curves/memory-curve.ts";
import { batchesSince, readBatches, rowsAt } from "../src/curves/read-batches.ts";
import { parseRollup } from "../src/curves/read-memory.ts";
import { readCurve, writeCurve } from "../src/curves/recorded-curves.ts";
import { replicasAdvice } from "../src/curves/replicas-curve.ts";
import { blockName, renderCurve } from "../src/curves/report-curves.ts";
import { bytes, short } from "../src/curves/show-figures.ts";
import { sizesTable } from "../src/curves/sizes-curve.ts";

const ROOT = join(import.meta.dir, "../..");
const POINT: Point = {
  perSecond: 1_000,
  failedShare: 0,
  p50Ms: 1,
  p99Ms: 2,
  cpuMs: { replicas: 0.03, nginx: 0.01, gateway: 0 },
};

describe("a point of a curve", () => {
  test("counts what failed, and gives the CPU to the good answers", () => {
    const load = { answers: 90, failed: 10, ms: 1_000, p50Ms: 1, p99Ms: 2, cpuMs: 0 };

    expect(pointOf(load, { replicas: 45, nginx: 9 })).toEqual({
      perSecond: 90,
      failedShare: 0.1,
      p50Ms: 1,
      p99Ms: 2,
      cpuMs: { replicas: 0.5, nginx: 0.1 },
    });
  });

  test.each([
    ["no bytes", bytes(0), "0 B"],
    ["bytes", bytes(1_234), "1.23 KB"],
    ["what became less", bytes(-2_000_000), "-2 MB"],
    ["a small number", short(0.012345), "0.0123"],
    ["a large number", short(123_456), "123,456"],
    ["nothing", short(Number.NaN), "–"],
  ])("%s is shown with as many digits as mean something", (_, shown, wanted) => {
    expect(shown).toBe(wanted);
  });
});

test("the advice is the least of replicas that is nearly as fast as any number of them", () => {
  const row = (replicas: number, perSecond: number, cpu: number) => ({
    workload: "mlp" as const,
    replicas,
    point: { ...POINT, perSecond, cpuMs: { replicas: cpu } },
  });
  const rows = [row(1, 500, 0.02), row(2, 960, 0.02), row(3, 1_000, 0.03), row(8, 480, 0.05)];

  expect(replicasAdvice({ cores: 2, rows })).toBe(
    "On 2 cores: mlp: `replicas: 2` is the least that reaches 95 % of the most; 8 reach 50 % of that, at 2.50 times the CPU a request.",
  );
});

test("connections that could not be measured are told with the reason, and settings with the row", () => {
  const table = connectionsTable([
    { protocol: "http", connections: 1, measured: { ...POINT, failedShare: 0.004 } },
    { protocol: "grpc", connections: 4_096, measured: { problem: "too many\nopen files" } },
    { protocol: "http", connections: 4_096, settings: { queue_limit: 7 }, measured: POINT },
  ]);

  expect(table).toContain("| 0.4 %");
  expect(table).toContain("too many open files");
  expect(table).toContain("4,096, `queue_limit: 7`");
});

test("a body over the limit is left out, and its bytes are not", () => {
  const row = sizesTable([
    { width: 16, http: { bytes: 100, point: POINT }, grpc: { bytes: 64, point: POINT } },
    { width: 4_194_304, http: undefined, grpc: { bytes: 16_777_216, point: POINT } },
  ]).split("\n");

  expect(row[2]).toContain("| 100 B ");
  expect(row[3]).toContain("over the limit");
  expect(row[3]).toContain("16,777");
});

describe("a model's batches", () => {
  const page = (model: string, counts: readonly number[], rows: number) => `
flotilla_batch_rows_bucket{le="1",model="${model}",server_id="a"} ${counts[0]}
flotilla_batch_rows_bucket{le="8",model="${model}",server_id="a"} ${counts[1]}
flotilla_batch_rows_bucket{le="+Inf",model="${model}",server_id="a"} ${counts[1]}
flotilla_batch_rows_sum{model="${model}",server_id="a"} ${rows}
flotilla_batch_rows_count{model="${model}",server_id="a"} ${counts[1]}`;

  test("are those of all replicas, of this model, since a moment", () => {
    const before = readBatches([page("mlp", [1, 1], 1)], "mlp");
    const after = readBatches(
      [page("mlp", [2, 5], 25), page("mlp", [0, 5], 30) + page("other", [9, 9], 9)],
      "mlp",
    );
    const since = batchesSince(before, after);

    expect([since.count, since.rows]).toEqual([9, 54]);
    expect([rowsAt(since, 0.1), rowsAt(since, 0.5)]).toEqual([1, 8]);
  });
});

describe("memory", () => {
  test("is read as Linux tells it", () => {
    const rollup =
      "00-ff ---p 0 00:00 0 [rollup]\nRss:    2048 kB\nPss:    1024 kB\nPss_Dirty:  3 kB\n";

    expect(parseRollup(rollup)).toEqual({ rss: 2 * 1024 ** 2, pss: 1024 ** 2 });
  });

  test("under load is told with whether it still grows", () => {
    const samples = [0, 10, 20, 30].map((second) => ({
      second,
      rss: 100e6 + 1e6 * Math.min(second, 20),
    }));

    expect(describeLoaded({ protocol: "http", connections: 32, samples })).toBe(
      "Under load over HTTP, 32 connections: a replica has 100 MB before it, 120 MB at most, and 120 MB after 30 s; in the last third it changes by 0 B a minute.",
    );
  });

  test("of connections is that of open ones, each used once", async () => {
    let asked = 0;
    await using server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch() {
        asked += 1;
        return new Response("{}");
      },
    });
    const address = `127.0.0.1:${server.port}`;
    using held = await holdIdle({ http: { address, path: "/predict", bodies: ["{}"] } }, 5);

    expect([held.count, asked]).toEqual([5, 5]);
  });
});

describe("the model of a fleet", () => {
  const COSTS: FleetCosts = {
    requestMs: { replica: 0.1, nginx: 0.02 },
    idleReplicaMs: 10,
    gatewayMs: { base: 20, slope: 1 },
    gatewayBytes: { base: 40e6, slope: 1e5 },
    nginxBytes: { base: 10e6, slope: 1e4 },
    reloads: [
      { replicas: 10, ms: 100 },
      { replicas: 100, ms: 190 },
    ],
  };
  const DEPLOYMENT = { replicas: 10, nginxes: 1, cores: 4, modelMs: 0 };

  test("says that small fleets are full first, and what they do besides their probes", () => {
    const predicted = predictFleet(COSTS, DEPLOYMENT);

    expect([predicted.limit, predicted.perSecond, predicted.nginxesNeeded]).toEqual([
      "replicas",
      99_000,
      1,
    ]);
    expect(predicted.bytes).toBeCloseTo(51.1e6);
  });

  test("says that NGINX is full first when many replicas are fast, and how many it takes", () => {
    const predicted = predictFleet(COSTS, { ...DEPLOYMENT, replicas: 100 });

    expect([predicted.limit, predicted.perSecond, predicted.nginxesNeeded]).toEqual([
      "NGINX",
      200_000,
      5,
    ]);
  });

  test("has every gateway probe every replica", () => {
    const one = predictFleet(COSTS, { ...DEPLOYMENT, replicas: 1_000 });
    const four = predictFleet(COSTS, { ...DEPLOYMENT, replicas: 1_000, nginxes: 4 });

    expect([one.probesPerSecond, four.probesPerSecond]).toEqual([5_000, 20_000]);
    expect([one.probedShare, four.probedShare]).toEqual([0.01, 0.04]);
    expect(four.gatewayShare).toBeCloseTo(1.02);
  });

  test("reads between the points that were measured", () => {
    expect([1, 10, 55, 100, 200].map((size) => between(COSTS.reloads, size))).toEqual([
      91, 100, 145, 190, 290,
    ]);
    expect(
      fitLine([
        [0, 1],
        [2, 5],
        [4, 9],
      ]),
    ).toEqual({ slope: 2, base: 1 });
  });
});

test("light replicas are a fleet to the gateway and to NGINX", async () => {
  const measured = await measureLightFleet(4, 100);

  expect(measured.reached).toBe(4);
  expect(measured.drainSeenMs).toBeGreaterThan(0);
  expect(measured.gatewayBytes).toBeGreaterThan(0);
  expect(measured.nginxBytes).toBeGreaterThan(0);
}, 120_000);

describe("a picture of lines", () => {
  const panel = (series: Parameters<typeof lineChart>[0][number]["series"]) =>
    lineChart([
      {
        title: "a < b",
        xLabel: "connections",
        xScale: "log",
        showX: String,
        showY: String,
        series,
      },
    ]);

  test("has equal widths for equal factors, and steps that are round", () => {
    const svg = panel([
      {
        label: "one",
        points: [
          [1, 0],
          [4, 90],
          [16, 150],
        ],
      },
    ]);

    expect(svg).toContain('points="70,220 340,139 610,85"');
    expect(svg).toContain(">200</text>");
    expect(svg).toContain("a &lt; b");
  });

  test("keeps the names of lines apart that end together", () => {
    const line = (label: string) => ({
      label,
      points: [
        [1, 5],
        [2, 5],
      ] as const,
    });
    const svg = panel([line("one"), line("other")]);
    const places = [...svg.matchAll(/y="([\d.]+)">o(?:ne|ther)</g)].map(([, y]) => Number(y));

    expect((places[1] ?? 0) - (places[0] ?? 0)).toBeGreaterThanOrEqual(16);
  });
});

test("a curve is read as it was written", async () => {
  const folder = await mkdtemp(join(tmpdir(), "flotilla-curves-"));
  const run = {
    ...{ command: "bun run bench curves --write", date: "2026-11-21", commit: "abc1234" },
    ...{ changed: false, bun: "1.4.5", cpu: "a CPU", cores: 2, kernel: "6.1" },
  };
  const recorded = { name: "sizes", run, versions: { wrk: "4" }, secondsEach: 3, data: [1] };
  await writeCurve(recorded, folder);

  expect(await readCurve("sizes", folder)).toEqual(recorded);
  expect(await readCurve("fleet", folder)).toBeUndefined();
  await rm(folder, { recursive: true });
});

test.each(CURVES.map((curve) => [curve.name, curve] as const))(
  "what the docs say of %s is what was recorded",
  async (_, curve) => {
    const page = readFileSync(join(ROOT, "docs/performance.md"), "utf8");
    const name = blockName(curve);
    const shown = new RegExp(`<!-- ${name}: .*? -->\n([^]*?)\n?<!-- /${name} -->`).exec(page)?.[1];
    const recorded = await readCurve(curve.name);
    const rendered = recorded && renderCurve(curve, recorded);

    expect(shown).toBe(rendered?.block ?? "");
    const image = rendered?.image;
    if (image === undefined) return;
    const file = join(ROOT, image.path);
    expect(existsSync(file) && readFileSync(file, "utf8")).toBe(image.svg);
  },
);
