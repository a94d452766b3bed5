import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { startTestReplica, type TestReplica } from "./start-test-replica.ts";

const SENTIMENT = join(import.meta.dir, "../../../models/sentiment");
const GOOD = '{"text":"the rollout was painless"}';
const BODY_LIMIT = 4096;
const JSON_TYPE = { "content-type": "application/json" };

let server: TestReplica;

beforeAll(async () => {
  server = await startTestReplica(SENTIMENT, {
    body_limit_bytes: BODY_LIMIT,
    body_timeout_ms: 300,
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const post = (
  body: Bun.BodyInit,
  headers: Readonly<Record<string, string>> = JSON_TYPE,
  path = "/predict",
) => fetch(`${server.httpUrl}${path}`, { method: "POST", body, headers });

/** What a socket gets back for these bytes until the server closes it. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(Number(new URL(server.httpUrl).port), "127.0.0.1", () =>
      socket.write(bytes),
    );
    socket.on("data", (chunk) => {
      answer += chunk.toString("latin1");
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

const head = (...lines: readonly string[]) =>
  ["POST /predict HTTP/1.1", "host: a", "connection: close", ...lines, "", ""].join("\r\n");
const GOOD_LENGTH = `content-length: ${GOOD.length}`;

describe("over HTTP", () => {
  test.each<[string, number, () => Promise<Response>]>([
    ["malformed JSON", 400, () => post('{"text"')],
    ["JSON 100,000 levels deep", 413, () => post("[".repeat(100_000))],
    ["JSON deeper than the limit", 400, () => post("[".repeat(100))],
    ["invalid UTF-8", 400, () => post(new Uint8Array([0x22, 0xff, 0x22]))],
    ["no content type", 415, () => post(new TextEncoder().encode(GOOD), {})],
    ["XML", 415, () => post("<a/>", { "content-type": "application/xml" })],
    ["a text that is no text", 400, () => post('{"text": 3}')],
    ["two kinds of input", 400, () => post('{"text": "a", "instances": []}')],
    ["a key that nobody knows", 400, () => post('{"text": "a", "__proto__": 999}')],
    [
      "a number that JSON knows and floats do not",
      400,
      () => post('{"inputs": {"input_ids": [[1e999]]}}'),
    ],
    ["a body over the limit", 413, () => post(`{"text": "${"a".repeat(BODY_LIMIT)}"}`)],
    [
      "a gzip bomb",
      413,
      () => post(gzipSync(Buffer.alloc(1_000_000)), { ...JSON_TYPE, "content-encoding": "gzip" }),
    ],
    ["corrupt gzip", 400, () => post("not gzip", { ...JSON_TYPE, "content-encoding": "gzip" })],
    [
      "an encoding that is not known",
      415,
      () => post(GOOD, { ...JSON_TYPE, "content-encoding": "br" }),
    ],
    ["an empty session id", 400, () => post(GOOD, { ...JSON_TYPE, "x-session-id": "" })],
    ["a model's name that is no UTF-8", 404, () => post(GOOD, JSON_TYPE, "/models/%ff/predict")],
    [
      "a version that is no UTF-8",
      404,
      () => post(GOOD, JSON_TYPE, "/models/sentiment/versions/%ff/predict"),
    ],
    ["an unknown path", 404, () => fetch(`${server.httpUrl}/nothing/here`)],
    ["an operations route", 404, () => fetch(`${server.httpUrl}/status`)],
    ["a model whose name is no UTF-8", 404, () => fetch(`${server.httpUrl}/models/%ff`)],
  ])("%s gets %i, a problem, and no echo of values", async (_, status, ask) => {
    const response = await ask();
    const problem = (await response.json()) as {
      status: number;
      detail: string;
      request_id: string;
    };

    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(problem).toMatchObject({ status, request_id: response.headers.get("x-request-id") });
    expect(problem.detail).not.toMatch(/not gzip|999/);
    expect((await post(GOOD)).status).toBe(200);
  });

  test("a wrong verb gets 405 and the right ones", async () => {
    const response = await fetch(`${server.httpUrl}/predict`, { method: "DELETE" });

    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
  });

  test("gzip is read", async () => {
    const response = await post(gzipSync(GOOD), { ...JSON_TYPE, "content-encoding": "gzip" });

    expect(await response.json()).toMatchObject({ prediction: { label: "positive" } });
  });

  test("a chunked body over the limit gets 413 before it is all there", async () => {
    const chunk = `1000\r\n${"a".repeat(4096)}\r\n`;
    const answer = await raw(
      `${head("content-type: application/json", "transfer-encoding: chunked")}${chunk}${chunk}`,
    );

    expect(answer).toStartWith("HTTP/1.1 413 ");
  });

  test("a body that stops gets 408 and the connection is closed", async () => {
    const answer = await raw(
      `${head("content-type: application/json", "content-length: 100")}{"te`,
    );

    expect(answer).toStartWith("HTTP/1.1 408 ");
  });

  test("two session headers get 400", async () => {
    const twice = ["x-session-id: a", "x-session-id: b"];
    const answer = await raw(head("content-type: application/json", ...twice, GOOD_LENGTH) + GOOD);

    expect(answer).toStartWith("HTTP/1.1 400 ");
  });

  test("a content length and chunks together get 400 and one answer", async () => {
    const answer = await raw(
      `${head("content-type: application/json", "transfer-encoding: chunked", GOOD_LENGTH)}0\r\n\r\n`,
    );

    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 400"]);
  });

  test("headers of 20 KB get 431", async () => {
    const answer = await raw(
      head("content-type: application/json", `x-long: ${"a".repeat(20_000)}`),
    );

    expect(answer).toStartWith("HTTP/1.1 431 ");
  });

  test("a Host of one letter changes nothing", async () => {
    const answer = await raw(head("content-type: application/json", GOOD_LENGTH) + GOOD);

    expect(answer).toStartWith("HTTP/1.1 200 ");
  });

  test("every answer says who gave it and under which id", async () => {
    for (const path of [
      "/health",
      "/health/live",
      "/health/ready",
      "/models",
      "/docs",
      "/openapi.json",
      "/metrics",
    ]) {
      const response = await fetch(`${server.httpUrl}${path}`, {
        headers: { "x-request-id": "r-7" },
      });
      expect([path, response.status, response.headers.get("x-request-id")]).toEqual([
        path,
        200,
        "r-7",
      ]);
      expect(response.headers.get("x-server-id")).toBe("server-1");
    }
  });

  test("the documentation page asks nobody else for anything", async () => {
    const page = await (await fetch(`${server.httpUrl}/docs`)).text();
    const assets = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? "");

    expect(assets.length).toBeGreaterThan(2);
    for (const path of [...assets, "/openapi.json"]) {
      expect([path, (await fetch(new URL(path, server.httpUrl))).status]).toEqual([path, 200]);
      expect(path).toStartWith("/");
    }
  });

  test("the metrics count requests by outcome, and label no name that a client made up", async () => {
    await fetch(`${server.httpUrl}/models/made-up/predict`, {
      method: "POST",
      body: GOOD,
      headers: JSON_TYPE,
    });
    const metrics = await (await fetch(`${server.httpUrl}/metrics`)).text();

    expect(metrics).toMatch(
      /flotilla_requests_total\{transport="http",model="sentiment",outcome="ok",server_id="server-1"\} \d+/,
    );
    expect(metrics).toMatch(
      /flotilla_requests_total\{transport="http",model="",outcome="model-not-found",server_id="server-1"\} \d+/,
    );
    expect(metrics).toContain("flotilla_batch_rows_count");
    expect(metrics).not.toContain("made-up");
  });
});
