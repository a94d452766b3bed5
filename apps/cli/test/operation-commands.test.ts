import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { freePorts } from "@flotilla/testkit/free-ports";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { type FleetFolder, makeFleetFolder } from "./make-fleet-folder.ts";
import { runFlotilla, startFlotilla } from "./run-flotilla.ts";

/** Stands in for a gateway: what it was asked, and what it answers. */
const asked: { readonly method: string; readonly path: string; readonly body: string }[] = [];
let answer: () => Response | Promise<Response>;
const gateway = Bun.serve({
  port: 0,
  idleTimeout: 0,
  async fetch(request) {
    const { pathname } = new URL(request.url);
    asked.push({ method: request.method, path: pathname, body: await request.text() });
    return await answer();
  },
});
const settings = { ops_port: gateway.port ?? 0 };

const REPLICA = { pid: 11, http: "127.0.0.1:8101", grpc: "127.0.0.1:8201", in_flight: 0 };
const STATUS = {
  nginx: { version: "1.22.1", pid: 10, generation: 2, reloads: 1 },
  strategy: "least-conn",
  replicas: [
    { id: "server-1", state: "serving", ...REPLICA, weight: 3, restarts: 0, reason: null },
    { id: "server-2", state: "drained", ...REPLICA, pid: null, weight: 1, restarts: 2 },
  ].map((replica) => ({
    backup: false,
    reason: "told to drain",
    sessions: { in_memory: 0, hit_share: null },
    ...replica,
  })),
};

beforeEach(() => {
  asked.length = 0;
  answer = () => Response.json(STATUS);
});
afterAll(() => gateway.stop(true));

test.each([
  ["drain server-2", { method: "POST", path: "/replicas/server-2/drain", body: "" }],
  ["return server-2", { method: "POST", path: "/replicas/server-2/return", body: "" }],
  ["restart", { method: "POST", path: "/restart", body: "" }],
  ["scale 5", { method: "PUT", path: "/scale", body: '{"replicas":5}' }],
  ["reload", { method: "POST", path: "/reload", body: "" }],
])("`flotilla %s` is one call, and prints the status", async (command, call) => {
  const readable = await runFlotilla({ arguments: command.split(" "), settings });
  const json = await runFlotilla({ arguments: [...command.split(" "), "--json"], settings });

  expect(asked).toEqual(Array(2).fill(call));
  expect(readable.out).toContain(
    [
      "NGINX 1.22.1, pid 10, least-conn, 1 reloads",
      "",
      "id        state    pid  http            grpc            weight  in flight  restarts  reason",
      "server-1  serving  11   127.0.0.1:8101  127.0.0.1:8201  3       0          0         -",
      "server-2  drained  -    127.0.0.1:8101  127.0.0.1:8201  1       0          2         told to drain",
      "",
    ].join("\n"),
  );
  expect(JSON.parse(json.out)).toEqual(STATUS);
  expect([readable.code, json.code]).toEqual([0, 0]);
});

test("what the gateway refuses is printed with each of its problems, and the exit code is 1", async () => {
  const problem = {
    status: 422,
    detail: "the settings are wrong\u001b[2J",
    problems: ["flotilla.yaml:1: strategy: no", "flotilla.yaml:2: tusk: no"],
  };
  answer = () =>
    new Response(JSON.stringify(problem), {
      status: 422,
      headers: { "content-type": "application/problem+json" },
    });

  expect(await runFlotilla({ arguments: ["reload"], settings })).toEqual({
    out: "",
    problems:
      "the settings are wrong\\u001b[2J\nflotilla.yaml:1: strategy: no\nflotilla.yaml:2: tusk: no\n",
    code: 1,
  });
});

test.each([
  ["drain", "missing required argument 'id'"],
  ["drain ../server-2", "Expected a replica's id, for example server-2."],
  ["scale 0", "Expected a whole number from 1 to 99."],
  ["scale 1e1", "Expected a whole number from 1 to 99."],
  ["drian server-1", "unknown command 'drian'"],
])("`flotilla %s` is wrong use: nothing is asked, and the exit code is 2", async (command, why) => {
  const { problems, code } = await runFlotilla({ arguments: command.split(" "), settings });

  expect(problems).toContain(why);
  expect([code, asked.length]).toEqual([2, 0]);
});

describe("what is wrong with settings that a command does not go by", () => {
  const { ops_port } = settings;
  let fleet: FleetFolder;
  beforeAll(() => {
    fleet = makeFleetFolder();
  });
  afterAll(() => fleet[Symbol.dispose]());

  test.each([
    [`ops_port: ${ops_port}\nstrategy: best\n`, /^flotilla.yaml:2: strategy: expected one of/],
    [`ops_port: ${ops_port}\nstrategy: [hash\n`, /^flotilla.yaml:\d: .*; mend: write it as YAML/],
  ])("is told, and the command goes on: %j", async (text, problem) => {
    fleet.write("flotilla.yaml", text);
    for (const command of ["status", "drain server-2"]) {
      const run = await runFlotilla({ arguments: command.split(" "), folder: fleet.folder });

      expect(run.out).toContain("server-2  drained");
      expect(run.problems).toMatch(problem);
      expect(run.problems).toEndWith(
        `\ngoing on with ops_host "127.0.0.1", ops_port ${ops_port}\n`,
      );
      expect(run.code).toBe(0);
    }
  });

  test("stops it where the wrong setting says which fleet is meant, until a flag does", async () => {
    fleet.write("flotilla.yaml", "ops_port: 80O2\n");
    const flag = ["--ops-port", String(ops_port)];

    const refused = await runFlotilla({ arguments: ["restart"], folder: fleet.folder });
    expect(refused.problems).toStartWith("flotilla.yaml:1: ops_port: expected a whole number");
    expect([refused.code, asked.length]).toEqual([2, 0]);
    const named = await runFlotilla({ arguments: ["restart", ...flag], folder: fleet.folder });
    expect([named.code, asked.length]).toEqual([0, 1]);
    const mistyped = { arguments: ["status", "--ops-port", "x"], folder: fleet.folder };
    expect((await runFlotilla(mistyped)).code).toBe(2);
  });

  test("stops whatever starts something", async () => {
    fleet.write("flotilla.yaml", "strategy: best\n");

    for (const command of ["dev", "config show"]) {
      const run = await runFlotilla({ arguments: command.split(" "), folder: fleet.folder });
      expect([run.code, run.out]).toEqual([2, ""]);
    }
  });
});

test("without a fleet an operation says so, and the exit code is 1", async () => {
  const [ops_port = 0] = freePorts(1);

  const { problems, code } = await runFlotilla({ arguments: ["restart"], settings: { ops_port } });

  expect(problems).toMatch(/^no fleet answers at \S+ \(ECONNREFUSED\); mend: start one/);
  expect(code).toBe(1);
});

test("a Ctrl-C while an operation runs says that it goes on", async () => {
  const never = Promise.withResolvers<Response>();
  answer = () => never.promise;
  const run = startFlotilla({ arguments: ["restart"], settings });
  await waitUntil("it was asked", () => asked.length === 1);
  run.kill("SIGINT");

  expect(await run.stderr.text()).toBe(
    "the fleet goes on with it; `flotilla status` shows how far it is\n",
  );
  expect(await run.exited).toBe(130);
  never.resolve(Response.json(STATUS));
});
