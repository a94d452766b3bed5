import { describe, expect, test } from "bun:test";
import { barChart } from "../src/compare/bar-chart.ts";
import { checkHttp } from "../src/compare/check-answers.ts";
import { chooseScenarios } from "../src/compare/choose-scenarios.ts";
import { measureClosed } from "../src/compare/closed-load.ts";
import { estimateSeconds } from "../src/compare/estimate.ts";
import { findHighest } from "../src/compare/find-highest.ts";
import { judge } from "../src/compare/judge.ts";
import { measureAtRate } from "../src/compare/open-load.ts";
import { SCENARIOS } from "../src/compare/scenarios.ts";
import { findGenerator } from "../src/generators/find-generator.ts";
import { alternate } from "../src/pairs/alternate.ts";
import { spreadOf } from "../src/pairs/spread.ts";
import { startStaticNginx } from "../src/stacks/start-static-nginx.ts";

const perSecond = (value: number) => ({ figures: { perSecond: value } });

describe("a comparison", () => {
  test("has both sides by turns, and neither always first", async () => {
    const order: string[] = [];
    const side = (name: string) => async () => order.push(name);
    const rounds = await alternate({ sides: [side("a"), side("b")], rounds: 3 });

    expect(order.join("")).toBe("abbaab");
    // Each round in the order of the sides, whoever was first.
    expect(rounds).toEqual([
      [1, 2],
      [4, 3],
      [5, 6],
    ]);
  });

  test("compares round by round: a machine that was slow for one round was so for both", () => {
    const rounds = [
      [perSecond(600), perSecond(100)],
      [perSecond(60), perSecond(10)],
      [perSecond(700), perSecond(100)],
    ];
    const target = { figure: "perSecond", as: "ratio", atLeast: 6 } as const;

    expect(judge({ targets: [target] }, rounds)).toEqual([
      { target, spread: { median: 6, least: 6, most: 7 }, met: true },
    ]);
    expect(judge({ targets: [{ ...target, atLeast: 6.1 }] }, rounds)).toMatchObject([
      { met: false },
    ]);
  });

  test("of an even number of rounds takes the middle of the two in the middle", () => {
    expect(spreadOf([4, 1, 2, 10])).toEqual({ median: 3, least: 1, most: 10 });
  });

  test("finds the highest rate that holds", async () => {
    const found = await findHighest({ low: 100, high: 3_000, holds: async (rate) => rate <= 700 });

    expect(found).toBeGreaterThan(660);
    expect(found).toBeLessThanOrEqual(700);
    expect(await findHighest({ low: 100, high: 3_000, holds: async () => false })).toBe(0);
  });
});

describe("the scenarios", () => {
  test("have names of their own, and fit into 90 minutes with 3 rounds of 5 s", () => {
    const names = SCENARIOS.map(({ name }) => name);

    expect(new Set(names).size).toBe(names.length);
    expect(estimateSeconds(SCENARIOS, { seconds: 5, rounds: 3 })).toBeLessThan(90 * 60);
  });

  test("are chosen by their own name or a side's", () => {
    const chosen = chooseScenarios(SCENARIOS, { only: ["start", "bare-best"], quick: false });

    expect(chosen.ok && chosen.value.map(({ name }) => name)).toEqual([
      "start",
      "minilm-http-256-bare-best",
      "minilm-mixed-http-256-bare-best",
    ]);
  });

  test("an unknown name ends the command with 2 and the name that was meant", () => {
    const main = new URL("../src/main.ts", import.meta.url).pathname;
    const said = Bun.spawnSync([process.execPath, main, "--only", "fastpi"]);

    expect(said.exitCode).toBe(2);
    expect(said.stderr.toString()).toBe(
      "--only fastpi: expected a scenario or a stack; did you mean fastapi?\n",
    );
  });

  test("so does an unknown option", () => {
    const main = new URL("../src/main.ts", import.meta.url).pathname;
    const said = Bun.spawnSync([process.execPath, main, "--onyl"]);

    expect([said.exitCode, said.stderr.toString()]).toEqual([
      2,
      expect.stringContaining("Unknown option '--onyl'"),
    ]);
  });
});

test("the chart's bars are as long as their shares, and its words are safe in XML", () => {
  const chart = barChart([
    {
      title: "a < b & c",
      bars: [
        { label: "Flotilla", share: 1, note: "1,000/s", own: true },
        { label: "other", share: 0.25, note: "1 of 4.0", own: false },
      ],
    },
  ]);

  expect(chart).toContain(">a &lt; b &amp; c</text>");
  const widths = [...chart.matchAll(/class="\w+" x="130" y="\d+" width="([\d.]+)"/g)];
  expect(widths.map(([, width]) => Number(width))).toEqual([430, 107.5]);
  expect(chart).toContain("prefers-color-scheme: dark");
});

describe("a real stack", () => {
  test("is measured in a closed loop and at a fixed rate, with whose CPU is whose", async () => {
    await using stack = await startStaticNginx("mlp");
    if (stack.http === undefined) throw new Error("it has no HTTP");
    const generators = { wrk: await findGenerator("wrk"), h2load: { path: "", version: "" } };
    const load = { kind: "closed", protocol: "http", connections: 4, place: "front" } as const;
    const closed = await measureClosed(stack, load, { generators, seconds: 1, rounds: 1 });
    const open = await measureAtRate(stack, { protocol: "http", ms: 1_000, perSecond: 200 });

    expect(await checkHttp(stack.http)).toHaveLength(2);
    expect(closed.figures.perSecond).toBeGreaterThan(200);
    expect(open.figures.perSecond).toBeGreaterThan(150);
    expect(open.figures.perSecond).toBeLessThan(210);
    expect(Object.keys(open.cpu ?? {}).toSorted()).toEqual(["load", "nginx", "replicas"]);
    expect(closed.cpu?.["nginx"]).toBeGreaterThan(0);
  });

  test("is asked for numbers, wherever in its answer they are", async () => {
    const body = { outputs: [{ name: "scores", shape: [1, 2], data: [0.25, 0.5] }] };
    using server = Bun.serve({ port: 0, fetch: () => Response.json(body) });
    const address = `127.0.0.1:${server.port}`;

    expect(await checkHttp({ address, path: "/", bodies: ["{}"] })).toEqual([0.25, 0.5]);
  });

  test("that refuses is not measured at all", async () => {
    using server = Bun.serve({ port: 0, fetch: () => new Response("no", { status: 429 }) });
    const http = { address: `127.0.0.1:${server.port}`, path: "/", bodies: ["{}"] };
    const stack = {
      name: "refusing",
      http,
      pids: async () => ({}),
      [Symbol.asyncDispose]: async () => {},
    };

    const measuring = measureAtRate(stack, { protocol: "http", ms: 200, perSecond: 100 });
    await expect(measuring).rejects.toThrow("refusing: ");
    await expect(checkHttp(http)).rejects.toThrow("answers 429: no");
  });
});
