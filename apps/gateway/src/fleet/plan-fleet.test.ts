import { describe, expect, test } from "bun:test";
import { type PlannedReplica, planFleet } from "./plan-fleet.ts";

/** What NGINX is told of replicas that differ from a serving one in this. */
function linesOf(...replicas: readonly Partial<PlannedReplica>[]): readonly string[] {
  const planned = replicas.map((replica, at) => ({
    id: `server-${at + 1}`,
    state: "serving" as const,
    intent: "run" as const,
    wasReady: true,
    hasProblem: false,
    backup: false,
    line: "up" as const,
    ...replica,
  }));
  const plan = planFleet(planned);
  return planned.map(({ id }) => plan.get(id) ?? "none");
}

const SERVING = {};
const EJECTED = { state: "ejected" } as const;
const GONE = { state: "gone" } as const;
const STARTING = { state: "starting" } as const;
const DRAINING = { state: "draining", intent: "stay" } as const;
const DRAINED = { state: "drained", intent: "stay", line: "down" } as const;
const NEW = { state: "starting", wasReady: false, line: "none" } as const;

describe("a replica", () => {
  test("that drains, is drained or is ejected is left out, and keeps its line", () => {
    expect(linesOf(SERVING, SERVING, DRAINING)).toEqual(["up", "up", "down"]);
    expect(linesOf(SERVING, SERVING, DRAINED)).toEqual(["up", "up", "down"]);
    expect(linesOf(SERVING, SERVING, EJECTED)).toEqual(["up", "up", "down"]);
  });

  test("that crashed stays as it was until it serves again: NGINX sees it by itself", () => {
    expect(linesOf(SERVING, GONE, STARTING)).toEqual(["up", "up", "up"]);
  });

  test("that was left out comes back when it serves, not when it starts", () => {
    expect(linesOf(SERVING, { ...STARTING, line: "down" })).toEqual(["up", "down"]);
    expect(linesOf(SERVING, { ...GONE, line: "down" })).toEqual(["up", "down"]);
    expect(linesOf(SERVING, { ...SERVING, line: "down" })).toEqual(["up", "up"]);
  });

  test("that leaves the fleet has no line any more from the first moment on", () => {
    expect(linesOf(SERVING, { ...DRAINING, intent: "leave" })).toEqual(["up", "none"]);
  });

  test("that was never ready has none yet", () => {
    expect(linesOf(SERVING, NEW)).toEqual(["up", "none"]);
  });

  test("that was drained by an earlier fleet keeps its place, though it was never ready", () => {
    const drained = { ...DRAINED, wasReady: false, line: "none" } as const;
    expect(linesOf(SERVING, drained)).toEqual(["up", "down"]);

    const returned = { ...STARTING, wasReady: false, line: "down" } as const;
    expect(linesOf(SERVING, returned)).toEqual(["up", "down"]);
  });
});

test("replicas that are new come together, but do not wait for one that cannot start", () => {
  const ready = { ...SERVING, line: "none" } as const;
  expect(linesOf(SERVING, ready, NEW)).toEqual(["up", "none", "none"]);
  expect(linesOf(SERVING, ready, { ...NEW, hasProblem: true })).toEqual(["up", "up", "none"]);
  expect(linesOf(SERVING, ready, ready)).toEqual(["up", "up", "up"]);
});

describe("never more than half is ejected", () => {
  test.each([
    [
      [EJECTED, EJECTED, EJECTED],
      ["down", "up", "up"],
    ],
    [
      [EJECTED, EJECTED, SERVING, SERVING],
      ["down", "down", "up", "up"],
    ],
    [[EJECTED], ["up"]],
    // The half of those that could serve: what drains or is gone does not count.
    [
      [EJECTED, EJECTED, DRAINED, DRAINED],
      ["down", "up", "down", "down"],
    ],
    [
      [EJECTED, GONE, GONE],
      ["up", "up", "up"],
    ],
    [
      [EJECTED, SERVING, GONE],
      ["down", "up", "up"],
    ],
  ] as const)("%j", (replicas, lines) => {
    expect(linesOf(...replicas)).toEqual([...lines]);
  });
});

describe("backups", () => {
  const BACKUP = { backup: true };

  test("stand by while a primary serves", () => {
    expect(linesOf(SERVING, EJECTED, BACKUP)).toEqual(["up", "down", "up"]);
    expect(linesOf(SERVING, GONE, BACKUP)).toEqual(["up", "up", "up"]);
  });

  test.each([
    ["gone", GONE],
    ["ejected, whatever the half says", EJECTED],
    ["draining", DRAINING],
    ["drained", DRAINED],
  ] as const)("come in when every primary is %s", (_, primary) => {
    expect(linesOf(primary, primary, BACKUP)).toEqual(["down", "down", "up"]);
  });

  test("stay in until a primary serves, and not only starts", () => {
    const starting = { ...STARTING, line: "down" } as const;
    const gone = { ...GONE, line: "down" } as const;
    expect(linesOf(starting, gone, BACKUP)).toEqual(["down", "down", "up"]);
    expect(linesOf({ ...SERVING, line: "down" }, gone, BACKUP)).toEqual(["up", "down", "up"]);
  });

  test("that do not serve themselves replace nobody", () => {
    expect(linesOf(EJECTED, GONE, { ...BACKUP, ...GONE })).toEqual(["up", "up", "up"]);
    expect(linesOf(EJECTED, EJECTED, { ...BACKUP, ...EJECTED })).toEqual(["down", "up", "up"]);
  });

  test("of nobody are ordinary replicas", () => {
    expect(linesOf({ ...BACKUP, ...GONE }, BACKUP)).toEqual(["up", "up"]);
  });
});

describe("when nobody serves, one that drains stays in", () => {
  const TERMINATED = { state: "draining", intent: "run" } as const;

  test("if another one will come back", () => {
    expect(linesOf(TERMINATED, TERMINATED, TERMINATED)).toEqual(["down", "down", "up"]);
    expect(linesOf(STARTING, TERMINATED)).toEqual(["up", "up"]);
  });

  test("but not alone: then its drain would only take longer", () => {
    expect(linesOf(TERMINATED)).toEqual(["down"]);
    expect(linesOf(TERMINATED, DRAINED)).toEqual(["down", "down"]);
  });

  test("and not if it was let go already", () => {
    expect(linesOf(TERMINATED, { ...TERMINATED, line: "down" })).toEqual(["up", "down"]);
  });
});
