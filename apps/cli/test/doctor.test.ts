import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "@flotilla/testkit/free-ports";
import { freeSettings } from "@flotilla/testkit/start-fleet";
import { findRedis, startRedis } from "@flotilla/testkit/start-redis";
import { type FleetFolder, makeFleetFolder } from "./make-fleet-folder.ts";
import { runFlotilla } from "./run-flotilla.ts";

interface Finding {
  readonly check: string;
  readonly mark: "ok" | "note" | "wrong";
  readonly text: string;
}

// A slow machine is no failure.
setDefaultTimeout(60_000);

let place: FleetFolder;
let settings: Parameters<typeof runFlotilla>[0]["settings"] & object;

beforeAll(() => {
  place = makeFleetFolder();
  // Stands in for an NGINX of a version that this machine need not have.
  place.write("bin/nginx", "#!/bin/sh\necho 'nginx version: nginx/1.22.1' >&2\n");
  chmodSync(join(place.folder, "bin/nginx"), 0o755);
  settings = {
    ...freeSettings(3),
    models: place.models,
    nginx: join(place.folder, "bin/nginx"),
    state: join(place.folder, "state"),
  };
});
afterAll(() => place[Symbol.dispose]());

async function doctor(changed: typeof settings = {}) {
  const { folder } = place;
  const run = { arguments: ["doctor", "--json"], settings: { ...settings, ...changed }, folder };
  const { out, code } = await runFlotilla(run);
  const { ok, findings } = JSON.parse(out) as { readonly ok: boolean; findings: Finding[] };
  const textsOf = (check: string) =>
    findings.filter((one) => one.check === check).map(({ mark, text }) => `${mark}: ${text}`);
  return { ok, code, findings, textsOf };
}

test("where all is right for a start, it says what there is and leaves no trace", async () => {
  const before = readdirSync(place.folder);
  const { ok, code, findings, textsOf } = await doctor();

  expect([ok, code]).toEqual([true, 0]);
  expect(findings.map(({ check }) => check)).toEqual(
    "settings nginx ports state sessions models cores memory files bun fleet".split(" "),
  );
  expect(textsOf("nginx")).toEqual([
    expect.stringMatching(/^ok: 1\.22\.1, \S+; it lacks .*the strategy sticky \(from 1\.29\.6\)/),
  ]);
  expect(textsOf("models")).toEqual(["ok: echo/1"]);
  expect(textsOf("ports")[0]).toStartWith(`ok: free: ${settings.http_port}, `);
  expect(textsOf("fleet")).toEqual([expect.stringMatching(/^note: none runs: .*ECONNREFUSED/)]);
  expect(readdirSync(place.folder)).toEqual(before);
});

test("a broken settings' file is a finding among all others, each with its mend", async () => {
  using taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  place.write("flotilla.yaml", "strategy: [hash\nper_replica: { sever-1: { weight: 2 } }\n");
  place.write("models/broken/model.yaml", "task: tensors\n");
  place.write("bad.db", "no database ".repeat(1_000));
  const { ok, code, textsOf } = await doctor({
    grpc_port: taken.port,
    session_store: `sqlite:${join(place.folder, "bad.db")}`,
    default_model: "none",
    threads: 1_000,
    session_memory_limit_mib: 1_048_576,
  });
  place.remove("flotilla.yaml");
  place.remove("models/broken");

  expect([ok, code]).toEqual([false, 1]);
  const wrong = (pattern: string) => expect.stringMatching(new RegExp(`^wrong: .*${pattern}`));
  expect(textsOf("settings")).toEqual([
    wrong("flotilla.yaml:\\d: .*; mend: write it as YAML 1.2"),
    wrong("per_replica.sever-1: .*; mend: did you mean server-1?"),
  ]);
  expect(textsOf("ports")).toEqual([
    wrong(`port ${taken.port} on 127.0.0.1, for gRPC: it is taken by pid ${process.pid}`),
  ]);
  expect(textsOf("sessions")).toEqual([wrong("bad.db: .*; mend: put a backup in its place")]);
  expect(textsOf("models")[0]).toMatch(/^wrong: .*model.yaml:1: task: .*; mend: /);
  expect(textsOf("cores")).toEqual([wrong("threads: 1000 in each .*; mend: 0")]);
  expect(textsOf("memory")).toEqual([wrong("3 replicas may take .*; mend: fewer replicas")]);
  expect(textsOf("state")[0]).toStartWith("ok: ");
});

test.each([
  [{ strategy: "sticky" as const }, "nginx", "strategy: sticky needs NGINX 1.29.6 or later"],
  [{ nginx: "/no/nginx" }, "nginx", "FLOTILLA_NGINX: "],
  [{ replica_hosts: "a b" }, "replicas", "replica_hosts: expected names or addresses"],
  [{ session_store: "postgres://x" }, "sessions", "session_store: expected `sqlite:PATH`"],
  [{ default_model: "none" }, "models", "default_model (FLOTILLA_DEFAULT_MODEL) is none"],
  [{ state: `/tmp/${"x".repeat(100)}` }, "state", `state: /tmp/${"x".repeat(100)} is too long`],
])("what a start would refuse is found: %j", async (changed, check, problem) => {
  const { code, textsOf } = await doctor(changed);

  expect(textsOf(check)[0]).toStartWith(`wrong: ${problem}`);
  expect(code).toBe(1);
});

const redis = await findRedis("redis");

test.skipIf(!redis.ok)(
  "of a server of conversations it says that it answers, or why not, and its password never",
  async () => {
    const [port = 0] = freePorts(1);
    const sessionsAt = async (password: string) => {
      const store = `redis://:${password}@127.0.0.1:${port}/2`;
      const { out } = await runFlotilla({
        arguments: ["doctor"],
        settings: { ...settings, session_store: store },
        folder: place.folder,
      });
      return out.split("\n").find((line) => line.includes("sessions"));
    };
    const shown = `redis://127.0.0.1:${port}/2`;

    expect(await sessionsAt("s3cret")).toMatch(`✗  sessions  ${shown}: connect ECONNREFUSED`);
    await using server = await startRedis({ port, settings: ["--requirepass", "s3cret"] });
    expect(await sessionsAt("s3cret")).toEndWith(`✓  sessions  ${shown} answers`);
    expect(await sessionsAt("s3cret2")).toMatch(/: it refuses this user; mend: (?!.*s3cret)/);
    const operator = new Bun.RedisClient(server.url.replace("//", "//:s3cret@"));
    await operator.send("CONFIG", ["SET", "maxmemory", "1"]);
    operator.close();
    expect(await sessionsAt("s3cret")).toContain("its memory is used up; mend: ");
    process.kill(server.pid, "SIGSTOP");
    expect(await sessionsAt("s3cret")).toMatch(/no answer within \d+ ms; mend: /);
  },
);

test("where another system runs the replicas, it looks for them, and not for what theirs alone is", async () => {
  const answers = (status: string) =>
    Bun.serve({ port: 0, fetch: () => Response.json({ server_id: "server-7", status }) });
  using ready = answers("ready");
  using loading = answers("loading");
  const [free] = freePorts(1);
  const ports = [ready.port, loading.port, free];
  const { findings, textsOf } = await doctor({
    replica_hosts: [...ports.map((port) => `127.0.0.1:${port}`), "nowhere.invalid"].join(),
    models: "/no/models",
  });

  expect([...new Set(findings.map(({ check }) => check))]).toEqual(
    "settings nginx ports state replicas files bun fleet".split(" "),
  );
  expect(textsOf("replicas")).toEqual([
    `ok: 127.0.0.1:${ready.port}: server-7`,
    `wrong: 127.0.0.1:${loading.port}: server-7 is loading; mend: its log says why`,
    expect.stringMatching(/^wrong: .*ECONNREFUSED; mend: see that a replica runs there/),
    expect.stringMatching(/^wrong: nowhere.invalid: the name leads nowhere \(\w+\); mend: /),
  ]);
  const { http_port, grpc_port, ops_port } = settings;
  expect(textsOf("ports")).toEqual([`ok: free: ${http_port}, ${grpc_port}, ${ops_port}`]);
});

test("of a fleet that runs and is ill it says who does not serve and what NGINX refuses", async () => {
  const status = {
    nginx: { version: "1.22.1", in_step: false, refused: ["http.d/a.conf:1: no"] },
    replicas: [
      { id: "server-1", state: "serving", reason: null },
      { id: "server-2", state: "ejected", reason: "HTTP: no answer within 2000 ms\u001b[2J" },
      { id: "server-3", state: "drained", reason: "drained" },
    ],
  };
  using gateway = Bun.serve({ port: 0, fetch: () => Response.json(status) });
  const headers = { date: new Date(0).toUTCString() };
  using nginx = Bun.serve({ port: 0, fetch: () => new Response("", { status: 503, headers }) });
  const changed = { ops_port: gateway.port ?? 0, http_port: nginx.port ?? 0 };
  mkdirSync(join(place.folder, "state"), { recursive: true });
  const { code, textsOf } = await doctor(changed);

  expect(textsOf("fleet")).toEqual([
    "wrong: NGINX refuses what it should have: http.d/a.conf:1: no",
    "wrong: server-2: HTTP: no answer within 2000 ms\u001b[2J",
    "note: server-3: drained",
  ]);
  expect(textsOf("http")[0]).toMatch(/^wrong: \S+ answers 503; mend: /);
  expect(textsOf("grpc")[0]).toMatch(/^wrong: \S+: it cannot be reached; mend: /);
  expect(textsOf("clock")[0]).toMatch(/^wrong: this machine's differs from NGINX's by \d+ s/);
  expect(code).toBe(1);

  const { out } = await runFlotilla({
    arguments: ["doctor"],
    settings: { ...settings, ...changed },
  });
  expect(out).toMatch(/^✗ {2}fleet .*2000 ms\\u001b\[2J$/m);
});
