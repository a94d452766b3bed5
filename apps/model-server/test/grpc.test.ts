import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type FailureKind, failed } from "@flotilla/common/failure";
import { FAILURE_STATUS } from "@flotilla/common/failure-status";
import { predict } from "@flotilla/testkit/grpc-client";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { startGrpcServer } from "../src/grpc/start-grpc-server.ts";
import { echo, type FakeReplica, startFakeReplica } from "./grpc-fake-replica.ts";

let replica: FakeReplica;

beforeAll(async () => {
  replica = await startFakeReplica();
});

afterAll(async () => {
  await replica[Symbol.asyncDispose]();
});

const TEXT = { text: "the rollout was painless" };

describe("a call", () => {
  test("of a text has a label, and says who answered and how long it took", async () => {
    const { code, response, initial, trailers } = await predict(replica.address, TEXT, {
      headers: { "x-request-id": "r.1" },
    });

    expect(code).toBe("OK");
    expect(response).toMatchObject({
      server_id: "server-1",
      model: "sentiment",
      version: "1",
      session_id: "",
      turn: 0,
      result: { classification: { label: "neutral", score: 0.75 }, value: "classification" },
      results: [],
    });
    expect(initial).toMatchObject({ "x-server-id": "server-1", "x-request-id": "r.1" });
    expect(trailers["server-timing"]).toMatch(
      /^parse;dur=\d+\.\d\d, queue;dur=0\.50, infer;dur=1\.25$/,
    );
  });

  test("of instances has a result for each", async () => {
    const { response } = await predict(replica.address, { instances: [TEXT, TEXT] });

    expect(response?.results.map(({ classification }) => classification?.label)).toEqual([
      "neutral",
      "neutral",
    ]);
    expect(response?.result).toBeNull();
  });

  test("that fails carries the same metadata", async () => {
    const { code, initial } = await predict(
      replica.address,
      { model: "wine", ...TEXT },
      { headers: { "x-request-id": "r.2" } },
    );

    expect(code).toBe("NOT_FOUND");
    expect(initial).toMatchObject({ "x-server-id": "server-1", "x-request-id": "r.2" });
  });

  test("gets a request id where its own is ill-formed", async () => {
    const { initial } = await predict(replica.address, TEXT, {
      headers: { "x-request-id": "a b" },
    });

    expect(initial["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each([
    ["nothing", {}],
    ["a text and instances", { ...TEXT, instances: [TEXT] }],
    ["an empty instance", { instances: [TEXT, {}] }],
  ])("with %s is INVALID_ARGUMENT", async (_, request) => {
    expect(await predict(replica.address, request)).toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  test.each([
    ["a space", "a b"],
    ["129 characters", "x".repeat(129)],
    ["nothing", ""],
    ["two of them", ["a", "b"]],
    ["a terminal's colours", "\\x1b[31m"],
  ])("whose session id is %s is INVALID_ARGUMENT", async (_, id) => {
    const ended = await predict(replica.address, TEXT, { headers: { "x-session-id": id } });

    expect(ended).toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  test("with 20 KB of metadata is RESOURCE_EXHAUSTED", async () => {
    const headers = Object.fromEntries(
      Array.from({ length: 5 }, (_, n) => [`x-${n}`, "y".repeat(4_000)]),
    );

    expect(await predict(replica.address, TEXT, { headers })).toMatchObject({
      code: "RESOURCE_EXHAUSTED",
    });
  });

  test("is observed once, and the model's name only where there is one", async () => {
    const before = replica.observations.length;
    await predict(replica.address, TEXT, { headers: { "x-request-id": "r.3" } });
    await predict(replica.address, { model: "wine", ...TEXT });

    expect(replica.observations.slice(before)).toMatchObject([
      { transport: "grpc", model: "sentiment", outcome: "ok" },
      { transport: "grpc", model: "", outcome: "model-not-found" },
    ]);
    expect(replica.logLines).toContainEqual(
      expect.objectContaining({ level: "debug", request_id: "r.3", outcome: "ok" }),
    );
  });
});

describe("an engine's failure", () => {
  test.each(Object.keys(FAILURE_STATUS) as FailureKind[])(
    "%s has the table's status and its own words",
    async (kind) => {
      await using failing = await startFakeReplica({
        infer: async () => failed(kind, "why, in ü"),
      });

      const { code, details, trailers } = await predict(failing.address, TEXT);

      expect(code).toBe(FAILURE_STATUS[kind].grpc);
      expect(details).toBe("why, in ü");
      expect("retry-after" in trailers).toBe(FAILURE_STATUS[kind].retry !== "never");
    },
  );

  test("says when to come back", async () => {
    const infer = async () => failed("queue-full", "too much", { retryAfterS: 3 });
    await using full = await startFakeReplica({ infer });

    expect((await predict(full.address, TEXT)).trailers).toMatchObject({ "retry-after": "3" });
  });

  test("that is a bug is INTERNAL, and only the log has its words", async () => {
    await using broken = await startFakeReplica({
      infer: async () => {
        throw new Error("secret place");
      },
    });

    const { code, details } = await predict(broken.address, TEXT, {
      headers: { "x-request-id": "r.4" },
    });

    expect(code).toBe("INTERNAL");
    expect(details).not.toContain("secret");
    expect(broken.logLines).toContainEqual(
      expect.objectContaining({
        level: "error",
        request_id: "r.4",
        err: expect.objectContaining({ message: "secret place" }),
      }),
    );
  });
});

describe("a deadline", () => {
  const deadlineOf = async (options: Parameters<typeof predict>[2]) => {
    const sent = Date.now();
    await predict(replica.address, TEXT, options);
    return (replica.requests.at(-1)?.deadlineMs ?? Number.NaN) - sent;
  };

  test("is the configured one where the client has none", async () => {
    expect(await deadlineOf({})).toBeWithin(30_000, 60_000);
  });

  test("is the client's, by grpc-timeout or x-timeout-ms, whichever is shorter", async () => {
    const headers = { "x-timeout-ms": "9000" };

    expect(await deadlineOf({ headers })).toBeLessThan(29_000);
    expect(await deadlineOf({ deadline: Date.now() + 9_000 })).toBeLessThan(29_000);
    expect(await deadlineOf({ deadline: Date.now() + 20_000, headers })).toBeLessThan(19_000);
  });

  test("counts from the arrival at NGINX", async () => {
    const headers = { "x-flotilla-arrived": String(Date.now() / 1000 - 20) };

    expect(await deadlineOf({ headers })).toBeLessThan(20_000);
    expect(await deadlineOf({ headers, deadline: Date.now() + 25_000 })).toBeLessThan(10_000);
  });

  test("that is no number is INVALID_ARGUMENT", async () => {
    const headers = { "x-timeout-ms": "soon" };

    expect(await predict(replica.address, TEXT, { headers })).toMatchObject({
      code: "INVALID_ARGUMENT",
    });
  });
});

test("a client that goes away aborts what it asked for", async () => {
  const leaving = new AbortController();
  const { promise: aborted, resolve } = Promise.withResolvers<boolean>();
  await using patient = await startFakeReplica({
    infer: async ({ signal }) => {
      signal?.addEventListener("abort", () => resolve(true));
      leaving.abort();
      await aborted;
      return failed("cancelled", "the client went away");
    },
  });

  expect(await predict(patient.address, TEXT, { signal: leaving.signal })).toMatchObject({
    code: "CANCELLED",
  });
  expect(await aborted).toBe(true);
  await waitUntil("it is counted", () => patient.observations.length > 0);
  expect(patient.observations).toMatchObject([{ outcome: "cancelled" }]);
});

test("an answer is no departure", async () => {
  const signals: (AbortSignal | undefined)[] = [];
  await using served = await startFakeReplica({
    infer: async (request) => {
      signals.push(request.signal);
      return await echo(request);
    },
  });
  await predict(served.address, TEXT);

  expect(signals.map((signal) => signal?.aborted)).toEqual([false]);
});

test("a drain lets the last answer out", async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const served = await startFakeReplica({
    infer: async (request) => {
      await gate;
      return await echo(request);
    },
  });
  const answer = predict(served.address, TEXT);
  await waitUntil("the call is in the engine", () => served.requests.length > 0);
  const drained = served.server.drain();
  open();

  expect(await answer).toMatchObject({ code: "OK" });
  await drained;
  expect(await predict(served.address, TEXT)).toMatchObject({ code: "UNAVAILABLE" });
});

test("a taken port is named", async () => {
  const port = Number(replica.address.split(":")[1]);
  const second = startGrpcServer({ settings: {}, metrics: {} } as never, {
    host: "127.0.0.1",
    port,
  });

  await expect(second).rejects.toThrow(`127.0.0.1:${port}`);
});
