import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "@flotilla/testkit/free-ports";
import { type RunningNginx, TESTED_SUITES } from "@flotilla/testkit/start-nginx";
import { readDigest } from "../src/configuration-digest.ts";
import type { PlainFleet } from "../src/fleet-spec.ts";
import { nginxPaths } from "../src/nginx-paths.ts";
import { callUnary } from "./call-unary.ts";
import { deadPort, replicasAt, startNginxBefore, url } from "./start-nginx-before.ts";
import { startUpstreams, type TestUpstreams } from "./test-upstreams.ts";

setDefaultTimeout(300_000); // the first run fetches NGINX

const BODY_LIMIT = 100_000;

describe.each(TESTED_SUITES)("NGINX of Debian's %s", (suite) => {
  let upstreams: TestUpstreams;
  beforeAll(() => {
    upstreams = startUpstreams(3);
  });
  afterAll(() => upstreams.stop());

  const startBefore = (ports: readonly number[], changes: Partial<PlainFleet> = {}) =>
    startNginxBefore({
      suite,
      changes: {
        replicas: replicasAt(ports),
        bodyLimitBytes: BODY_LIMIT,
        grpcMessageLimitBytes: BODY_LIMIT,
        ...changes,
      },
    });

  test("gives requests to the replicas in turn, and those of one session to one", async () => {
    await using nginx = await startBefore(upstreams.ports);

    const inTurn = await askAll(nginx, Array(6).fill({}));
    const [first = ""] = inTurn;
    expect(inTurn.slice(3)).toEqual(inTurn.slice(0, 3));
    expect(inTurn.toSorted()).toEqual(["0", "0", "1", "1", "2", "2"]);
    expect(first).toBe("0");

    const sessions = Array.from({ length: 20 }, (_, n) => ({ "x-session-id": `s-${n}` }));
    const once = await askAll(nginx, sessions);
    expect(await askAll(nginx, sessions)).toEqual(once);
    expect(new Set(once).size).toBe(3);
  });

  test("tells the replica who asked and when, whatever the client says", async () => {
    await using nginx = await startBefore(upstreams.ports);
    const before = Date.now();

    const answer = await fetch(url(nginx), {
      headers: {
        "x-flotilla-request-id": "forged",
        "x-flotilla-arrived": "1",
        "x-flotilla-repeated": "1",
        "x-forwarded-for": "192.0.2.1",
      },
    });
    const { headers } = (await answer.json()) as { headers: Record<string, string> };

    expect(headers["x-flotilla-request-id"]).toMatch(/^[0-9a-f]{32}$/);
    expect(Number(headers["x-flotilla-arrived"]) * 1000).toBeGreaterThanOrEqual(before - 1000);
    expect(headers["x-flotilla-repeated"]).toBeUndefined();
    expect(headers["x-forwarded-for"]).toBe("192.0.2.1, 127.0.0.1");
    expect(headers["host"]).toBe("127.0.0.1");
  });

  test("tells the replica of each proxy on the way once, trusted or not", async () => {
    await using nginx = await startBefore(upstreams.ports, {
      trustedProxies: ["127.0.0.1", "192.0.2.0/24"],
    });
    const forwarded = async (headers: Record<string, string>) => {
      const answer = await fetch(url(nginx), { headers });
      return ((await answer.json()) as { headers: Record<string, string> }).headers[
        "x-forwarded-for"
      ];
    };

    expect(await forwarded({})).toBe("127.0.0.1");
    expect(await forwarded({ "x-forwarded-for": "203.0.113.9, 198.51.100.1, 192.0.2.1" })).toBe(
      "203.0.113.9, 198.51.100.1, 192.0.2.1, 127.0.0.1",
    );
  });

  test("passes a replica's own error on as it is", async () => {
    await using nginx = await startBefore(upstreams.ports);

    const answer = await fetch(url(nginx), { headers: { "x-answer": "503" } });

    expect([answer.status, await answer.text()]).toEqual([503, "the replica's own words"]);
  });

  test("sends a verb that nobody knows on as OPTIONS, and any other as it is", async () => {
    await using nginx = await startBefore(upstreams.ports);
    const verbs = ["BREW", "TRACK", "OPTIONS", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
    const received: string[] = [];
    for (const verb of verbs) {
      const answer = await sendRaw(
        nginx.httpPort,
        `${verb} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      );
      received.push(/x-method: (\w+)/i.exec(answer)?.[1] ?? "no answer");
    }

    expect(received).toEqual(["OPTIONS", "OPTIONS", ...verbs.slice(2)]);
  });

  test("asks who is down, when nobody else is there: a worker that ends may know an old fleet", async () => {
    const replicas = replicasAt([deadPort(0), ...upstreams.ports.slice(0, 1)]).map(
      (replica, at) => ({
        ...replica,
        down: at === 1,
      }),
    );
    await using nginx = await startBefore([], { replicas });

    expect(await askAll(nginx, [{}, { "x-session-id": "a" }])).toEqual(["0", "0"]);
  });

  test("sends a POST again when the replica dies with it inside, at most three times more", async () => {
    const [dying, dead] = [upstreams.startDying(), deadPort(0)];
    const repeated: string[] = [];
    await using nginx = await startBefore([dying.port, dead, ...upstreams.ports.slice(0, 1)]);

    for (let round = 0; round < 3; round++) {
      const answer = await fetch(url(nginx), { method: "POST", body: "x".repeat(50_000) });
      const { id, bodyLength, headers } = (await answer.json()) as {
        readonly id: string;
        readonly bodyLength: number;
        readonly headers: Readonly<Record<string, string>>;
      };
      expect([id, bodyLength]).toEqual(["0", 50_000]);
      repeated.push(headers["x-flotilla-repeated"] ?? "first");
    }
    // Only who gets it after a death is told so: it runs such a request alone.
    expect(repeated).toContain("1");
    expect(dying.requestIds.length).toBeGreaterThan(0);

    await using hopeless = await startBefore([dying.port]);
    dying.requestIds.length = 0;
    const answer = await fetch(url(hopeless), { method: "POST", body: "x" });
    expect(answer.status).toBe(502);
    expect(dying.requestIds.length).toBeLessThanOrEqual(4);
    expect(new Set(dying.requestIds).size).toBe(1);
  });

  test("finds the one of three replicas that lives while two die at once", async () => {
    const dying = [upstreams.startDying(), upstreams.startDying()];
    const [live = 0] = upstreams.ports;
    await using nginx = await startBefore([...dying.map(({ port }) => port), live]);

    const answer = await fetch(url(nginx), { method: "POST", body: "x" });

    expect(await answer.json()).toMatchObject({ id: "0", bodyLength: 1 });
    expect(dying.map(({ requestIds }) => requestIds.length)).toEqual([1, 1]);
  });

  test("answers for replicas that are gone, and recovers the moment that one is back", async () => {
    const [port = 0] = freePorts(1);
    await using nginx = await startBefore([port, deadPort(0)]);

    const answer = await fetch(url(nginx), { headers: { "x-request-id": "mine" } });
    expect(answer.headers.get("retry-after")).toBe("1");
    expect(answer.headers.get("x-request-id")).toBe("mine");
    await expectProblem(answer, {
      status: 502,
      type: "urn:flotilla:problem:not-ready",
      title: "Not ready",
      detail: "no replica answered",
      request_id: "mine",
    });

    // Both have just failed, and are left out for a second: this is what the last hop is for.
    using back = upstreams.startAt(port);
    const next = await fetch(url(nginx), { method: "POST", body: "x" });
    expect(await next.json()).toMatchObject({ id: back.id });
  });

  test("marks an answer that needed a further attempt, and no other", async () => {
    const retried = async (nginx: RunningNginx, headers: Record<string, string> = {}) => {
      const answer = await fetch(url(nginx), { method: "POST", body: "x", headers });
      return [answer.status, answer.headers.get("x-flotilla-retried")];
    };
    const [live = 0] = upstreams.ports;
    await using first = await startBefore([live]);
    expect(await retried(first)).toEqual([200, null]);
    expect(await retried(first, { "x-answer": "429" })).toEqual([429, null]);

    await using refusing = await startBefore([deadPort(0), live]);
    expect(await retried(refusing, { "x-answer": "429" })).toEqual([429, "1"]);
    // The one that refused is left out now.
    expect(await retried(refusing)).toEqual([200, null]);

    await using breaking = await startBefore([upstreams.startDying().port, live]);
    expect(await retried(breaking)).toEqual([200, "1"]);

    await using hopeless = await startBefore([deadPort(0), deadPort(1)]);
    expect(await retried(hopeless)).toEqual([502, null]);
  });

  test("answers for itself with problems: too long, too large, not there, not HTTP", async () => {
    await using nginx = await startBefore(upstreams.ports);
    const large = await fetch(url(nginx), { method: "POST", body: "x".repeat(BODY_LIMIT + 1) });
    await expectProblem(large, { status: 413, title: "Too large" });
    const chunked = await fetch(url(nginx), {
      method: "POST",
      body: chunks("x".repeat(70_000), 2),
    });
    await expectProblem(chunked, { status: 413, title: "Too large" });
    const headers = await fetch(url(nginx), { headers: { "x-long": "x".repeat(20_000) } });
    await expectProblem(headers, { status: 431, title: "Headers too large" });
    const many = Array.from({ length: 20 }, (_, n) => [`x-long-${n}`, "x".repeat(1_000)] as const);
    await expectProblem(await fetch(url(nginx), { headers: Object.fromEntries(many) }), {
      status: 431,
    });
    await expectProblem(await fetch(`${url(nginx)}/${"x".repeat(20_000)}`), { status: 414 });
    await expectProblem(await fetch(`${url(nginx)}/metrics`), { status: 404, title: "Not found" });
    await expectProblem(await fetch(`${url(nginx)}/.flotilla/problem`), { status: 404 });
    // A replica takes this for `/sessions`; fetch would, too.
    const elsewhere = "GET /x\\..\\sessions HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    expect(await sendRaw(nginx.httpPort, elsewhere)).toMatch(
      /^HTTP\/1\.1 404 .*"title":"Not found"/s,
    );

    const smuggled =
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n";
    const answer = await sendRaw(nginx.httpPort, `${smuggled}0\r\n\r\nGET / HTTP/1.1\r\n\r\n`);
    expect(answer).toMatch(
      /^HTTP\/1\.1 400 .*application\/problem\+json.*"title":"Invalid input"/s,
    );
    expect(answer.split("HTTP/1.1 ")).toHaveLength(2);
  });

  test("maps its own gRPC errors to statuses", async () => {
    await using nginx = await startBefore(upstreams.ports);
    const unary = "/flotilla.v1.PredictionService/Predict";
    const error = (status: string, message: string) => ({
      ":status": 200,
      "content-type": "application/grpc",
      "grpc-status": status,
      "grpc-message": message,
    });

    for (const path of [unary, "/flotilla.v1.PredictionService/Converse"]) {
      expect(await callUnary({ port: nginx.grpcPort, path, bytes: 100 })).toMatchObject(
        error("14", "no replica answered"),
      );
    }
    expect(
      await callUnary({ port: nginx.grpcPort, path: unary, bytes: BODY_LIMIT + 1 }),
    ).toMatchObject(error("8", "the body or message is over the limit"));
    expect(
      await callUnary({ port: nginx.grpcPort, path: "/.flotilla/mirrored", bytes: 1 }),
    ).toMatchObject(error("12", "there is nothing at this path"));
  });

  test("tells its figures, and which configuration it has, on the status socket only", async () => {
    await using nginx = await startBefore(upstreams.ports);
    const unix = nginxPaths(nginx.folder).statusSocket;
    const conf = await Bun.file(nginx.confFile).text();

    const figures = await fetch("http://localhost/nginx_status", { unix });
    expect(await figures.text()).toStartWith("Active connections: ");
    const configuration = await fetch("http://localhost/flotilla_configuration", { unix });
    expect(await configuration.text()).toBe(readDigest(conf) ?? "");
    for (const path of ["nginx_status", "flotilla_configuration"]) {
      expect(await (await fetch(`${url(nginx)}/${path}`)).json()).toHaveProperty("id");
    }
  });

  test("obeys a user's own directives on both ports", async () => {
    const folder = mkdtempSync(join(tmpdir(), "flotilla-directives-"));
    try {
      const file = (name: string, text: string) => {
        writeFileSync(join(folder, name), text);
        return [{ path: join(folder, name), source: name }];
      };
      await using nginx = await startBefore(upstreams.ports, {
        directives: {
          http: file("http.conf", "map $server_port $user_text { default mine; }"),
          server: file(
            "server.conf",
            "location = /mine { add_header x-user $user_text; return 204; }",
          ),
        },
      });

      expect((await fetch(`${url(nginx)}/mine`)).headers.get("x-user")).toBe("mine");
      const call = { port: nginx.grpcPort, path: "/mine", bytes: 1 };
      expect(await callUnary(call)).toMatchObject({ "x-user": "mine" });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

async function askAll(
  nginx: RunningNginx,
  headers: readonly Record<string, string>[],
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const each of headers) {
    const answer = await fetch(url(nginx), { headers: each });
    ids.push(((await answer.json()) as { id: string }).id);
  }
  return ids;
}

async function expectProblem(answer: Response, expected: Readonly<Record<string, unknown>>) {
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  const problem = (await answer.json()) as Record<string, unknown>;
  expect(problem).toMatchObject(expected);
  expect(answer.status).toBe(Number(expected["status"]));
  expect(Object.keys(problem)).toEqual(["type", "title", "status", "detail", "request_id"]);
}

function chunks(text: string, times: number): ReadableStream {
  return new ReadableStream({
    start(controller) {
      for (let n = 0; n < times; n++) controller.enqueue(Buffer.from(text));
      controller.close();
    },
  });
}

function sendRaw(port: number, text: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let received = "";
  connect(port, "127.0.0.1", function sendIt(this: { write(text: string): void }) {
    this.write(text);
  })
    .on("data", (data) => {
      received += data;
    })
    .on("close", () => resolve(received))
    .on("error", reject);
  return promise;
}
