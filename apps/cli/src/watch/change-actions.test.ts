import { afterAll, afterEach, beforeEach, expect, test } from "bun:test";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { type Child, type ChildObserver, superviseChild } from "../supervisor/supervise-child.ts";
import type { ChangeActions } from "./apply-change.ts";
import { changeActions } from "./change-actions.ts";

/** Stand in for a gateway: what it answers, and a process that is ready when it says so. */
let answers: Response[] = [];
const gateway = Bun.serve({ port: 0, fetch: () => answers.shift() ?? Response.error() });
let script: string;
let isReady: boolean;
let child: Child;
let actions: ChangeActions;

const RUNS = "process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000)";
const UNWATCHED: ChildObserver = {
  onSpawned() {},
  onReady() {},
  onEnd() {},
  onBeat() {},
  onLine(_, { text }) {
    isReady ||= text === "ready";
  },
};

beforeEach(async () => {
  script = RUNS;
  isReady = false;
  const spec = () => ({
    name: "gateway",
    kind: "gateway" as const,
    command: [process.execPath, "-e", `${script}; console.log("ready")`],
    environment: { PATH: Bun.env["PATH"] },
    beats: false,
    mark: "",
    beforeStart() {
      isReady = false;
    },
    isReady: async () => isReady,
  });
  child = superviseChild(spec, UNWATCHED);
  actions = changeActions({ url: `http://127.0.0.1:${gateway.port}`, gateway: child });
  await waitUntil("it runs", () => child.state === "running");
});
afterEach(async () => {
  child.stop();
  child.signal("SIGKILL");
  await child.ended;
});
afterAll(() => gateway.stop(true));

const problem = (status: number, detail: string) =>
  new Response(JSON.stringify({ detail, problems: ["server-1: why"] }), {
    status,
    headers: { "content-type": "application/problem+json" },
  });
const fleet = (...states: readonly string[]) =>
  Response.json({ replicas: states.map((state, at) => ({ id: `server-${at + 1}`, state })) });

test("an operation that somebody else has begun is waited for", async () => {
  answers = [problem(409, "another is under way"), fleet("serving", "drained")];

  expect(await actions.replicas()).toEqual({
    ok: true,
    value: "the replicas run with it: 1 of 2 serve; server-2 drained",
  });
});

test("what is refused is told with each of its problems", async () => {
  answers = [problem(500, "server-1 does not come back")];

  expect(await actions.replicas()).toMatchObject({
    ok: false,
    problems: ["server-1 does not come back", "server-1: why"],
  });
});

test("a gateway that does not start with a save says why, and the next save starts it at once", async () => {
  const { pid } = child;
  script = 'throw new Error("half a source")';
  const broken = await actions.gateway();
  const { restarts } = child;
  script = RUNS;

  expect(broken).toEqual({
    ok: false,
    problems: [expect.stringMatching(/^the gateway does not come back: .*half a source/)],
  });
  expect(await actions.gateway()).toEqual({ ok: true, value: "the gateway runs with it" });
  expect(child.pid).not.toBe(pid);
  expect(child.restarts).toBe(restarts + 1);
});
