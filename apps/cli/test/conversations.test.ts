import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { identityModel } from "@flotilla/testkit/onnx-builder";
import { CHAT, SENTIMENT } from "@flotilla/testkit/shared-models";
import { type Fleet, freeSettings, startFleet } from "@flotilla/testkit/start-fleet";
import { accumulatorFiles } from "@flotilla/testkit/stateful-models";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { type ModelFolder, writeModels } from "@flotilla/testkit/write-models";
import { runFlotilla, typeFlotilla } from "./run-flotilla.ts";
import { type Add, type Added, addOverGrpc, addOverHttp } from "./sum-clients.ts";

// A first start may fetch NGINX, and a slow machine is no failure.
setDefaultTimeout(240_000);

const ENOUGH = 1_000;
const AT_ONCE = 20;

let models: ModelFolder;
let state: string;
let settings: Parameters<typeof startFleet>[0] & object;
let fleet: Fleet;

beforeAll(async () => {
  const echo = identityModel({ type: "FP32", shape: ["batch", 2] });
  models = await writeModels({
    files: { ...accumulatorFiles("sum"), "echo/model.onnx": echo },
    links: { chat: CHAT, sentiment: SENTIMENT },
  });
  state = mkdtempSync(join(tmpdir(), "flotilla-state-"));
  // Ports for as many as it is scaled to.
  const free = { ...freeSettings(4), replicas: 3 };
  settings = { settings: { ...free, models: models.folder, state }, folder: models.folder };
  fleet = await startFleet(settings);
});
afterAll(async () => {
  await fleet.stop();
  await models[Symbol.asyncDispose]();
  rmSync(state, { recursive: true });
});

let names = 0;
const sessionIds = (count: number) => {
  names += 1;
  return Array.from({ length: count }, (_, n) => `${names}-session-${n}`);
};

/** One turn in each conversation; none may be refused. */
async function addInEach(add: Add, sessions: readonly string[], x: number) {
  const added = new Map<string, Added>();
  const left = [...sessions];
  const client = async () => {
    for (let session = left.pop(); session !== undefined; session = left.pop()) {
      const answer = await add(fleet, { session, x });
      if ("refusal" in answer) throw new Error(answer.refusal);
      added.set(session, answer);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  return sessions.map((session) => added.get(session) as Added);
}

const serversOf = (answers: readonly Added[]) => answers.map(({ server }) => server);
const withoutServer = ({ turn, sum }: Added) => ({ turn, sum });

async function isEcho(httpUrl: string): Promise<boolean> {
  const answer = await fetch(`${httpUrl}/models/echo/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ inputs: { x: [[1, 2]] } }),
    keepalive: false,
  });
  return answer.ok;
}

/** `back` is when it serves again. */
async function kill(id: string) {
  const { pid } = (await fleet.replicas()).find((replica) => replica.id === id) ?? {};
  // Pid 0 would be this process and all beside it.
  if (!pid) throw new Error(`${id} has no process`);
  process.kill(pid, "SIGKILL");
  const back = waitUntil(`${id} is back`, async () => {
    const replicas = await fleet.replicas();
    return replicas.every((it) => it.state === "serving" && it.pid !== pid);
  });
  return { back };
}

describe.each([
  { transport: "HTTP", add: addOverHttp },
  { transport: "gRPC", add: addOverGrpc },
])("over $transport,", ({ add }) => {
  test("a thousand conversations spread over three replicas, stay where they are, and a quarter moves to a fourth and back", async () => {
    const sessions = sessionIds(ENOUGH);

    const first = await addInEach(add, sessions, 1);
    const second = await addInEach(add, sessions, 2);

    const shares = Object.values(Object.groupBy(serversOf(first), (server) => server));
    expect(shares.map((share = []) => share.length / ENOUGH).filter((it) => it > 0.45)).toEqual([]);
    expect(shares.length).toBe(3);
    expect(serversOf(second)).toEqual(serversOf(first));

    expect((await fleet.operate("PUT", "/scale", { replicas: 4 })).status).toBe(200);
    const third = await addInEach(add, sessions, 3);
    expect((await fleet.operate("PUT", "/scale", { replicas: 3 })).status).toBe(200);
    const fourth = await addInEach(add, sessions, 4);

    const moved = third.filter(({ server }, at) => server !== first[at]?.server);
    expect(new Set(serversOf(moved))).toEqual(new Set(["server-4"]));
    expect(moved.length / ENOUGH).toBeWithin(0.15, 0.32);
    expect(serversOf(fourth)).toEqual(serversOf(first));
    expect(fourth.map(withoutServer)).toEqual(sessions.map(() => ({ turn: 4, sum: 10 })));
  });

  test("every conversation is exact after its replicas were killed", async () => {
    const sessions = sessionIds(40);
    let turns = 0;
    for (const id of ["server-1", "server-2", "server-3"]) {
      let isBack = false;
      const back = (await kill(id)).back.finally(() => {
        isBack = true;
      });
      do {
        turns += 1;
        const sum = (turns * (turns + 1)) / 2;
        const answers = await addInEach(add, sessions, turns);
        expect(answers.map(withoutServer)).toEqual(sessions.map(() => ({ turn: turns, sum })));
      } while (!isBack);
      await back;
    }
  });

  test("a turn is refused while the store is locked, other models answer, and it goes on by itself", async () => {
    const [session = ""] = sessionIds(1);
    await add(fleet, { session, x: 1 });
    using other = new Database(join(state, "sessions.db"));
    other.run("BEGIN IMMEDIATE");

    expect(await add(fleet, { session, x: 2 })).toEqual({
      refusal: expect.stringMatching(/^(503|UNAVAILABLE) .*session store .*locked/),
      retryAfter: "1",
    });
    expect(await isEcho(fleet.httpUrl)).toBeTrue();
    other.run("ROLLBACK");
    const next = await waitUntil("a turn is taken", async () => {
      const answer = await add(fleet, { session, x: 4 });
      return "sum" in answer && answer;
    });
    expect(withoutServer(next)).toEqual({ turn: 2, sum: 5 });
    // The turn may have gone to another replica than the refused one, after a kill for example.
    await waitUntil("every replica's store is up", async () => {
      const metrics = await (await fetch(`${fleet.opsUrl}/metrics`)).text();
      return metrics.match(/^flotilla_session_store_up\{.*\} 1$/gm)?.length === 3;
    });
  });
});

test("conversations outlive the fleet", async () => {
  const sessions = sessionIds(20);
  await addInEach(addOverHttp, sessions, 1);
  expect(await fleet.stop()).toBe(0);
  fleet = await startFleet(settings);

  const answers = await addInEach(addOverHttp, sessions, 2);

  expect(answers.map(withoutServer)).toEqual(sessions.map(() => ({ turn: 2, sum: 3 })));
});

test("the chat model knows the name that it was told after its replica was killed, and again when that is back", async () => {
  const [session = ""] = sessionIds(1);
  const say = async (text: string) => {
    const answer = await fetch(`${fleet.httpUrl}/models/chat/predict`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-session-id": session },
      body: JSON.stringify({ text }),
      keepalive: false,
    });
    return (await answer.json()) as { readonly server_id: string };
  };
  const { server_id } = await say("My name is Anna.");
  await say("How are you?");
  const { back } = await kill(server_id);
  const elsewhere = await say("What is my name?");
  await back;

  const knowing = { prediction: { text: "Your name is Anna." } };
  expect(elsewhere).toMatchObject({ ...knowing, turn: 3 });
  expect(await say("Who am I?")).toMatchObject({ ...knowing, turn: 4 });
});

describe("`flotilla predict`", () => {
  const predict = (...words: readonly string[]) => ({
    arguments: ["predict", ...words],
    settings: { http_port: Number(new URL(fleet.httpUrl).port) },
  });

  test("shows a label with its score and the others below, and beside it who answered", async () => {
    const { out, problems, code } = await runFlotilla(predict("the rollout was painless"));

    expect(out).toMatch(/^positive {2}0\.9\d+\nneutral {3}0\.0\d+\nnegative {2}0\.0\d+\n$/);
    expect(problems).toMatch(/^server-[123], sentiment\/1, \d+ ms \(.*infer \d+\.\d\)\n$/);
    expect(code).toBe(0);
  });

  test("takes a request's JSON object as it is, also from standard input", async () => {
    const body = '{"inputs": {"x": [[1, 2]]}}';

    const typed = await runFlotilla(predict("--model", "echo/1", body));
    const piped = await runFlotilla({ ...predict("--model", "echo", "-"), input: body });
    const whole = await runFlotilla({ ...predict("--model", "echo", "--json"), input: body });

    expect([typed.out, piped.out]).toEqual(Array(2).fill("y  [1, 2]  1, 2\n"));
    expect(JSON.parse(whole.out)).toMatchObject({ model: "echo", outputs: { y: [[1, 2]] } });
    expect(whole.problems).toBe("");
  });

  test("goes on with a conversation, also at a terminal", async () => {
    const [session = ""] = sessionIds(1);
    const chat = ["--model", "chat", "--session", session];

    const told = await runFlotilla(predict(...chat, "My name is Anna."));
    const { shown, code } = await typeFlotilla(predict(...chat, "What is my name?"));

    expect(told.out).toBe("Nice to meet you, Anna.\n");
    const [reply, note] = shown.split("\r\n");
    expect(reply).toBe("Your name is Anna.");
    expect(note).toMatch(new RegExp(`chat/1, turn 2 of --session ${session}, \\d+ ms`));
    expect(code).toBe(0);
  });

  test("prints what the fleet refuses, and the request's id for its log", async () => {
    const { out, problems, code } = await runFlotilla(predict("--model", "echo", "a text"));

    expect(out).toBe("");
    expect(problems).toMatch(/^this model takes tensors: .*\nrequest id: [\w-]+\n$/);
    expect(code).toBe(1);
  });
});
