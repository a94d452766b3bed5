import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createLogger } from "@flotilla/common/logger";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { type StandInFleet, startStandInFleet } from "../../test/start-stand-in-fleet.ts";
import { operationsApp } from "./operations-app.ts";

let fleet: StandInFleet;
/** In place of what NGINX has against a configuration. */
let refused: readonly string[] = [];
let app: ReturnType<typeof operationsApp>;
/** The same, where nobody owns the replicas. */
let remote: ReturnType<typeof operationsApp>;

beforeAll(async () => {
  fleet = await startStandInFleet({
    settings: { strategy: "hash", per_replica: { "server-1": { weight: 3 } } },
    check: async () => refused,
  });
  const options = {
    ...fleet.gateway,
    nginxVersion: "1.22.1",
    stubStatusSocket: "/nowhere",
    logger: createLogger({ level: "error", fields: {} }),
  };
  app = operationsApp({ ...options, supervised: true, ownsReplicas: true });
  remote = operationsApp({ ...options, supervised: true, ownsReplicas: false });
});

afterAll(() => fleet[Symbol.asyncDispose]());

const URL = "http://127.0.0.1:8002";

async function ask(method: string, path: string, init: RequestInit = {}) {
  const answer = await app.handle(new Request(`${URL}${path}`, { method, ...init }));
  const type = answer.headers.get("content-type");
  // biome-ignore lint/suspicious/noExplicitAny: what is expected of it says each test
  const body: any = type?.includes("json") ? await answer.json() : await answer.text();
  return { status: answer.status, headers: answer.headers, body };
}

const JSON_TYPE = { "content-type": "application/json" };

describe("the operations port", () => {
  test("tells the fleet", async () => {
    const { body } = await ask("GET", "/status");

    expect(body).toMatchObject({
      nginx: { version: "1.22.1", pid: 1, generation: 1, reloads: 0, in_step: true, refused: [] },
      strategy: "hash",
      replicas: [
        { id: "server-1", state: "serving", weight: 3, backup: false, reason: null },
        { id: "server-2", state: "serving", weight: 1 },
        { id: "server-3", state: "serving", http: "127.0.0.1:8103", grpc: "127.0.0.1:8203" },
      ],
    });
  });

  test("tells that NGINX is behind, and what it has against what it should have", async () => {
    const { fleet: keeper } = fleet.gateway;
    const { wanted } = keeper;
    refused = ["[emerg] no"];
    keeper.change({ ...wanted, settings: { ...wanted.settings, strategy: "least-conn" } });
    await waitUntil("NGINX refuses it", () => keeper.refusal.length > 0);

    const { body } = await ask("GET", "/status");
    expect(body.nginx).toMatchObject({ in_step: false, refused: ["[emerg] no"] });

    refused = [];
    keeper.change(wanted);
    await waitUntil("NGINX is in step", () => keeper.inStep);
  });

  test("answers an operation with the fleet as it is then", async () => {
    const drained = await ask("POST", "/replicas/server-3/drain");
    expect(drained.status).toBe(200);
    expect(drained.body).toMatchObject({
      replicas: [{ state: "serving" }, { state: "serving" }, { id: "server-3", state: "drained" }],
    });

    const { body } = await ask("GET", "/metrics");
    expect(body).toContain('flotilla_gateway_replicas{state="drained"} 1');
    expect(body).toContain('flotilla_gateway_operations_total{operation="drain",outcome="ok"} 1');
    expect(body).toContain('flotilla_replica_hangs_total{server_id="server-3"} 0');
    expect((await ask("POST", "/replicas/server-3/return")).status).toBe(200);
  });

  test("scales to what the body says", async () => {
    const body = JSON.stringify({ replicas: 2 });
    const { status } = await ask("PUT", "/scale", { body, headers: JSON_TYPE });

    expect(status).toBe(200);
    expect(fleet.states()).toBe("server-1:serving server-2:serving");
  });

  test.each([
    ["a number that is none", '{"replicas": "3"}', JSON_TYPE, 400],
    ["a fleet without replicas", '{"replicas": 0}', JSON_TYPE, 400],
    ["a fleet that is too large", '{"replicas": 100}', JSON_TYPE, 400],
    ["an unknown key", '{"replicas": 3, "now": true}', JSON_TYPE, 400],
    ["broken JSON", "{", JSON_TYPE, 400],
    ["no content type", '{"replicas": 3}', {}, 415],
  ] as const)("refuses %s", async (...row) => {
    const [, body, headers, status] = row;
    const answer = await ask("PUT", "/scale", { body, headers });

    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });

  test.each([
    ["POST", "/replicas/nobody/drain", 404, "replica-not-found"],
    ["POST", "/replicas/%ff/drain", 404, "replica-not-found"],
    ["POST", "/nothing", 404, "route-not-found"],
    ["GET", "/restart", 405, "method-not-allowed"],
    ["POST", "/reload", 422, "refused-configuration"],
  ] as const)("answers %s %s with %d", async (...row) => {
    const [method, path, status, kind] = row;
    const answer = await ask(method, path);

    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ type: `urn:flotilla:problem:${kind}`, status });
  });

  test("lists the problems of refused settings", async () => {
    const { body } = await ask("POST", "/reload");

    expect(body).toMatchObject({ problems: ["nothing was said of the settings"] });
  });

  test("describes every route, and every body and answer", async () => {
    const { body } = await ask("GET", "/openapi.json");
    const described = Object.entries(body.paths).flatMap(([path, verbs]) =>
      Object.keys(verbs as object).map((verb) => `${verb} ${path}`),
    );

    expect(described.toSorted()).toEqual([
      "get /metrics",
      "get /nginx_status",
      "get /sessions",
      "get /status",
      "post /reload",
      "post /replicas/{id}/drain",
      "post /replicas/{id}/return",
      "post /restart",
      "put /scale",
    ]);
    expect(body.paths["/scale"].put.requestBody.content["application/json"].schema).toMatchObject({
      properties: { replicas: { minimum: 1, maximum: 99 } },
    });
    const answers = Object.keys(body.paths["/reload"].post.responses);
    expect(answers).toEqual(["200", "403", "409", "422", "500", "501", "503"]);
  });

  test("says who changes a fleet that another system owns, and reloads NGINX's part of it", async () => {
    const post = (path: string) => remote.handle(new Request(URL + path, { method: "POST" }));
    const answer = await post("/restart");

    expect(answer.status).toBe(501);
    expect(await answer.text()).toContain("docker compose up --scale");
    // As far as the settings that the stand-in has none of.
    expect((await post("/reload")).status).toBe(422);
  });
});

describe("a web page", () => {
  const restart = async (headers: Readonly<Record<string, string>>) =>
    (await ask("POST", "/replicas/nobody/drain", { headers })).status;

  test.each([
    ["of another site", { origin: "https://example.com" }],
    ["of another port", { origin: "http://127.0.0.1:3000", host: "127.0.0.1:8002" }],
    ["without an origin", { origin: "null" }],
    ["of another site, as the browser says", { "sec-fetch-site": "cross-site" }],
    // Its name leads to this host by now (DNS rebinding).
    ["whose own name leads here", { origin: "http://evil.test:8002", host: "evil.test:8002" }],
  ])("%s may change nothing", async (_, headers) => {
    expect(await restart(headers)).toBe(403);
  });

  test.each([
    ["of the operations port's own", { origin: "http://127.0.0.1:8002", host: "127.0.0.1:8002" }],
    ["by the name localhost", { origin: "http://localhost:8002", host: "localhost:8002" }],
    ["that is none: a command line", {}],
  ])("%s may", async (_, headers) => {
    expect(await restart(headers)).toBe(404);
  });
});
