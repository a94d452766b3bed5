import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PredictRequest } from "@flotilla/proto/generated/flotilla/v1/PredictRequest";
import { connect, predict } from "@flotilla/testkit/grpc-client";
import { NAMES, rememberingFiles } from "@flotilla/testkit/remembering-model";
import { accumulatorFiles } from "@flotilla/testkit/stateful-models";
import { type ModelFolder, writeModels } from "@flotilla/testkit/write-models";
import { Metadata } from "@grpc/grpc-js";
import { startTestReplica, type TestReplica } from "./start-test-replica.ts";

let models: ModelFolder;
let state: string;
let one: TestReplica;
let two: TestReplica;

beforeAll(async () => {
  models = await writeModels({
    files: { ...accumulatorFiles("sum"), ...rememberingFiles("memory") },
  });
  state = mkdtempSync(join(tmpdir(), "flotilla-state-"));
  one = await startTestReplica(models.folder, { state, server_id: "server-1" });
  two = await startTestReplica(models.folder, { state, server_id: "server-2" });
});

afterAll(async () => {
  await one[Symbol.asyncDispose]();
  await two[Symbol.asyncDispose]();
  await models[Symbol.asyncDispose]();
  rmSync(state, { recursive: true });
});

interface Said {
  readonly session?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A turn's number and sum, or the failure's status. */
type Add = (
  replica: TestReplica,
  x: number,
  said?: Said,
) => Promise<{ readonly session: string; readonly turn: number; readonly sum: number } | string>;

function headersOf({ session, headers }: Said): Record<string, string> {
  return { ...headers, ...(session !== undefined && { "x-session-id": session }) };
}

const addOverHttp: Add = async ({ httpUrl }, x, said = {}) => {
  const answer = await fetch(`${httpUrl}/models/sum/predict`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headersOf(said) },
    body: JSON.stringify({ inputs: { x: [[x]] } }),
  });
  if (!answer.ok) return String(answer.status);
  const {
    session_id: session,
    turn,
    outputs,
  } = (await answer.json()) as {
    readonly session_id: string;
    readonly turn: number;
    readonly outputs: { readonly sum: number[][] };
  };
  return { session, turn, sum: outputs.sum[0]?.[0] ?? Number.NaN };
};

function numberRequest(x: number): PredictRequest {
  const value = { datatype: "INT64", shape: [1, 1], contents: { int64_contents: [x] } };
  return { model: "sum", tensors: { inputs: [{ key: "x", value }] } };
}

const addOverGrpc: Add = async ({ grpcAddress }, x, said = {}) => {
  const { code, response } = await predict(grpcAddress, numberRequest(x), {
    headers: headersOf(said),
  });
  if (code !== "OK" || response === undefined) return code;
  const [output] = response.result?.outputs?.inputs ?? [];
  const [sum] = output?.value?.contents?.int64_contents ?? [];
  return { session: response.session_id, turn: response.turn, sum: Number(sum) };
};

let sessions = 0;
const newSession = () => `s-${sessions++}`;

describe.each([
  { transport: "HTTP", add: addOverHttp, wrong: { turn: "409", key: "422", id: "400" } },
  {
    transport: "gRPC",
    add: addOverGrpc,
    wrong: { turn: "ABORTED", key: "FAILED_PRECONDITION", id: "INVALID_ARGUMENT" },
  },
])("a conversation over $transport", ({ add, wrong }) => {
  test("remembers its turns, and goes on at another replica", async () => {
    const session = newSession();

    expect(await add(one, 1, { session })).toEqual({ session, turn: 1, sum: 1 });
    expect(await add(one, 2, { session })).toEqual({ session, turn: 2, sum: 3 });
    expect(await add(two, 4, { session })).toEqual({ session, turn: 3, sum: 7 });
    expect(await add(one, 8, { session })).toEqual({ session, turn: 4, sum: 15 });
  });

  test("that has no id gets its request's", async () => {
    const headers = { "x-flotilla-request-id": newSession() };
    const first = { session: headers["x-flotilla-request-id"], turn: 1, sum: 5 };

    expect(await add(one, 5, { headers })).toEqual(first);
    // As NGINX repeats it, when the first replica died before its answer left.
    expect(await add(two, 5, { headers })).toEqual(first);
  });

  test("takes a turn once, however often it comes", async () => {
    const session = newSession();
    const again = { session, headers: { "idempotency-key": "k" } };

    expect(await add(one, 1, again)).toEqual({ session, turn: 1, sum: 1 });
    expect(await add(one, 2, { session })).toEqual({ session, turn: 2, sum: 3 });
    for (const replica of [one, two]) {
      expect(await add(replica, 1, again)).toEqual({ session, turn: 1, sum: 1 });
    }
    expect(await add(two, 7, again)).toBe(wrong.key);
    expect(await add(two, 3, { session })).toEqual({ session, turn: 3, sum: 6 });
  });

  test("refuses a turn that is not the next, and headers that are none", async () => {
    const session = newSession();
    const as = (turn: string) => ({ session, headers: { "x-session-turn": turn } });

    expect(await add(one, 1, as("1"))).toEqual({ session, turn: 1, sum: 1 });
    expect(await add(two, 1, as("1"))).toBe(wrong.turn);
    expect(await add(two, 1, as("2"))).toEqual({ session, turn: 2, sum: 2 });
    expect(await add(two, 1, as("first"))).toBe(wrong.id);
    expect(await add(two, 1, { session: "not an id" })).toBe(wrong.id);
    expect(await add(two, 1, { session, headers: { "idempotency-key": "a b" } })).toBe(wrong.id);
  });

  test("of two clients at once loses nothing", async () => {
    const session = newSession();
    const taken = await Promise.all(
      Array.from({ length: 8 }, (_, n) => add(n % 2 === 0 ? one : two, 1, { session })),
    );

    const sums = taken.flatMap((it) => (typeof it === "string" ? [] : [it.sum]));
    const after = await add(one, 0, { session });
    expect(new Set(sums).size).toBe(sums.length);
    expect(after).toMatchObject({ turn: sums.length + 1, sum: sums.length });
  });
});

describe("a conversation's record", () => {
  test("is told and forgotten over HTTP", async () => {
    const session = newSession();
    await addOverHttp(one, 1, { session });
    const url = `${two.httpUrl}/sessions/${session}?model=sum`;

    expect(await (await fetch(url)).json()).toEqual({
      session_id: session,
      model: "sum",
      turns: 1,
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
      last_used_at: expect.stringMatching(/^\d{4}-.*Z$/),
      state_bytes: expect.any(Number),
      server_id: "server-1",
    });
    const listed = (await (await fetch(`${one.httpUrl}/sessions?model=sum`)).json()) as {
      readonly sessions: readonly { readonly session_id: string }[];
    };
    expect(listed.sessions.map((it) => it.session_id)).toContain(session);
    for (const path of ["sessions", "metrics"]) {
      const headers = { "x-flotilla-request-id": "set-by-nginx" };
      expect((await fetch(`${one.httpUrl}/${path}`, { headers })).status).toBe(404);
    }
    for (const limit of ["-1", "1.5", "many"]) {
      expect((await fetch(`${one.httpUrl}/sessions?limit=${limit}`)).status).toBe(400);
    }
    expect((await fetch(url, { method: "DELETE" })).status).toBe(204);
    for (const method of ["GET", "DELETE"]) expect((await fetch(url, { method })).status).toBe(404);
    expect(await addOverHttp(one, 3, { session })).toEqual({ session, turn: 1, sum: 3 });
  });

  test("is told and forgotten over gRPC", async () => {
    const session_id = newSession();
    await addOverGrpc(one, 1, { session: session_id });
    using client = connect("flotilla.v1.PredictionService", two.grpcAddress);
    const get = () =>
      new Promise((resolve) =>
        client.GetSession({ model: "sum", session_id }, (error, answer) =>
          resolve(error?.code ?? answer?.session),
        ),
      );

    expect(await get()).toMatchObject({ session_id, model: "sum", turns: 1 });
    await new Promise((resolve) => client.EndSession({ model: "sum", session_id }, resolve));
    expect(await get()).toBe(5);
  });
});

describe("a model that talks", () => {
  const [name = ""] = NAMES;

  test("streams its reply as events, and the whole of it at the end", async () => {
    const session = newSession();
    const answer = await fetch(`${one.httpUrl}/models/memory/predict`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "text/event-stream",
        "x-session-id": session,
      },
      body: JSON.stringify({ text: name }),
    });

    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    const events = (await answer.text())
      .trim()
      .split("\n\n")
      .map((event) => /^event: (\w+)\ndata: (.*)$/.exec(event)?.slice(1) ?? []);
    const tokens = events.filter(([kind]) => kind === "token");
    const done = JSON.parse(events.at(-1)?.[1] ?? "");
    expect(events.at(-1)?.[0]).toBe("done");
    expect(done).toMatchObject({ session_id: session, turn: 1 });
    expect(tokens.map(([, data]) => JSON.parse(data ?? "").text).join("")).toBe(
      done.prediction.text,
    );
  });

  test("answers a failure before the first token with its status", async () => {
    const answer = await fetch(`${one.httpUrl}/models/memory/predict`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "text/event-stream",
        "x-session-id": newSession(),
        "x-session-turn": "9",
      },
      body: JSON.stringify({ text: name }),
    });

    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      409,
      "application/problem+json",
    ]);
  });

  test("streams over gRPC, and converses on one stream", async () => {
    using client = connect("flotilla.v1.PredictionService", one.grpcAddress);
    const metadata = new Metadata();
    metadata.set("x-session-id", newSession());
    const parts = await Array.fromAsync(
      client.PredictStream({ model: "memory", text: name }, metadata),
    );
    const text = parts.map(({ token }) => token ?? "").join("");
    expect(parts.at(-1)?.done).toMatchObject({ turn: 1, result: { reply: { text } } });

    const call = client.Converse(metadata);
    for (const turn of [2, 3]) call.write({ model: "memory", text: name, turn });
    call.end();
    const turns = (await Array.fromAsync(call)).flatMap(({ done }) => done?.turn ?? []);
    expect(turns).toEqual([2, 3]);
  });

  test("converses on one stream without an id, too", async () => {
    using client = connect("flotilla.v1.PredictionService", one.grpcAddress);
    const call = client.Converse(new Metadata());
    for (const _ of [1, 2]) call.write({ model: "memory", text: name });
    call.end();
    const answers = (await Array.fromAsync(call)).flatMap(({ done }) => done ?? []);
    expect(answers.map(({ turn }) => turn)).toEqual([1, 2]);
    expect(new Set(answers.map(({ session_id }) => session_id)).size).toBe(1);
  });

  test("takes text, one at a time", async () => {
    const post = async (body: object) =>
      (
        await fetch(`${one.httpUrl}/models/memory/predict`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        })
      ).status;

    expect(await post({ instances: [{ text: name }] })).toBe(400);
    expect(await post({ text: name, temperature: -1 })).toBe(400);
    expect(await post({ text: name, seed: 1.5 })).toBe(400);
    expect(await post({ text: name, seed: 1, temperature: 0.5 })).toBe(200);
  });
});
