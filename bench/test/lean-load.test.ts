import { afterAll, describe, expect, test } from "bun:test";
import { freePorts } from "@flotilla/testkit/free-ports";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import { leanLoad } from "../src/lean/lean-load.ts";
import { scheduleOf } from "../src/lean/pace.ts";

const closed = { kind: "closed" } as const;

describe("over HTTP", () => {
  const bodies: string[] = [];
  const server = Bun.serve({
    port: 0,
    routes: {
      "/good": async (request) => {
        bodies.push(await request.text());
        return new Response("yes");
      },
      "/chunked": () =>
        new Response(
          new ReadableStream({
            async start(stream) {
              stream.enqueue("one");
              await Bun.sleep(1);
              stream.enqueue("two");
              stream.close();
            },
          }),
        ),
      "/refused": () => new Response("no", { status: 503 }),
      "/closing": () => new Response("yes", { headers: { connection: "close" } }),
      "/slow": async () => {
        await Bun.sleep(100);
        return new Response("late");
      },
    },
  });
  afterAll(() => server.stop(true));
  const ask = (path: string, pace: Parameters<typeof leanLoad>[1]["pace"], connections = 4) =>
    leanLoad(
      { http: { address: `127.0.0.1:${server.port}`, path, bodies: ['"first"', '"second"'] } },
      { connections, ms: 300, pace },
    );

  test("every body is asked by turns", async () => {
    const { answers, failed, p99Ms, cpuMs } = await ask("/good", closed, 1);

    expect(bodies.slice(0, 4)).toEqual(['"first"', '"second"', '"first"', '"second"']);
    expect(answers).toBeGreaterThan(10);
    expect(failed).toBe(0);
    expect(p99Ms).toBeGreaterThan(0);
    expect(cpuMs).toBeGreaterThan(0);
  });

  test("answers in chunks are read to their end", async () => {
    const { answers, failed } = await ask("/chunked", closed);

    expect(answers).toBeGreaterThan(10);
    expect(failed).toBe(0);
  });

  test("a refusal is a failure", async () => {
    const { answers, failed } = await ask("/refused", closed);

    expect(answers).toBe(0);
    expect(failed).toBeGreaterThan(10);
  });

  test("a connection that the server closes in good order is replaced", async () => {
    const { answers, failed } = await ask("/closing", closed);

    expect(answers).toBeGreaterThan(10);
    expect(failed).toBe(0);
  });

  test("an open loop asks what was due, and counts a wait for a connection", async () => {
    // One connection answers ten requests a second: of thirty a second, each waits longer than the one before.
    const { p50Ms, p99Ms } = await ask("/slow", { kind: "open", perSecond: 30 }, 1);

    expect(p50Ms).toBeGreaterThan(250);
    expect(p99Ms).toBeGreaterThan(500);
  });
});

test("an open loop's requests are due at even distances, whenever they are sent", () => {
  const schedule = scheduleOf({ kind: "open", perSecond: 100 }, { beginMs: 1_000, endMs: 1_030 });

  expect([0, 1, 2, 3].map((at) => schedule.dueBy(at, 1_500))).toEqual([
    1_000,
    1_010,
    1_020,
    undefined,
  ]);
  expect(schedule.dueBy(1, 1_009)).toBeUndefined();
});

describe("over gRPC", () => {
  const bytes = { serialize: (value: Buffer) => value, deserialize: (value: Buffer) => value };
  const unary = (name: string) => ({
    path: `/test.Echo/${name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes.serialize,
    requestDeserialize: bytes.deserialize,
    responseSerialize: bytes.serialize,
    responseDeserialize: bytes.deserialize,
  });
  const asked: string[] = [];
  const server = new Server();
  server.addService(
    { Echo: unary("Echo"), Refuse: unary("Refuse") },
    {
      Echo: (call: { request: Buffer }, done: (error: null, answer: Buffer) => void) => {
        asked.push(call.request.toString());
        done(null, call.request);
      },
      Refuse: (_: unknown, done: (error: object) => void) =>
        done({ code: status.RESOURCE_EXHAUSTED, details: "no" }),
    },
  );
  const [port = 0] = freePorts(1);
  const address = `127.0.0.1:${port}`;
  const bound = new Promise((resolve) =>
    server.bindAsync(address, ServerCredentials.createInsecure(), resolve),
  );
  afterAll(() => server.forceShutdown());
  const ask = async (method: string) => {
    await bound;
    const messages = ["first", "second"].map((text) => Buffer.from(text));
    return await leanLoad(
      { grpc: { address, method: `test.Echo/${method}`, messages } },
      { connections: 2, ms: 300, pace: closed },
    );
  };

  test("every message is asked by turns", async () => {
    const { answers, failed } = await ask("Echo");

    expect(asked.slice(0, 4).toSorted()).toEqual(["first", "first", "second", "second"]);
    expect(answers).toBeGreaterThan(10);
    expect(failed).toBe(0);
  });

  test("a status other than OK is a failure, although HTTP's is 200", async () => {
    await waitUntil("the server is there", () => asked.length > 0);
    const { answers, failed } = await ask("Refuse");

    expect(answers).toBe(0);
    expect(failed).toBeGreaterThan(10);
  });
});
