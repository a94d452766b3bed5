import { afterEach, describe, expect, test } from "bun:test";
import { createConversations } from "@flotilla/conversations/conversations";
import { faultyStore } from "@flotilla/conversations/faulty-store";
import { openMemoryStore } from "@flotilla/conversations/memory-store";
import type { SessionStore } from "@flotilla/conversations/session-store";
import { compareWithStore } from "../src/conversations/compare-with-store.ts";
import { conversationChecker } from "../src/conversations/conversation-checker.ts";
import { holdConversations } from "../src/conversations/hold-conversations.ts";

const LIMITS = { conversationsLimit: 100, bytesLimit: 1e6 };
const number = {
  encode: (value: number) => new Uint8Array(new Float64Array([value]).buffer),
  decode: (bytes: Uint8Array) => new Float64Array(bytes.slice().buffer)[0],
};

let servers: Bun.Server<undefined>[] = [];
afterEach(() => {
  for (const server of servers) server.stop(true);
  servers = [];
});

/** A replica as its clients see it, over this store. */
function serve(store: SessionStore): string {
  const conversations = createConversations<number, number, number>({
    store,
    model: {
      async run({ input, state = 0 }) {
        const sum = state + input;
        return { ok: true, value: { answer: sum, state: sum } };
      },
      input: number,
      answer: number,
      state: { ...number, bytes: () => 8 },
    },
    serverId: "server-1",
    limits: { ...LIMITS, idleMs: 60_000, waitingTurnsLimit: 1 },
    observer: { hit() {}, restored() {}, conflict() {}, repeated() {} },
  });
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    routes: {
      "/models/sum/predict": async (request) => {
        const { inputs } = (await request.json()) as { inputs: { x: [[number]] } };
        const session = request.headers.get("x-session-id") ?? "";
        const taken = await conversations.takeTurn({
          id: { model: "sum", session },
          key: request.headers.get("idempotency-key") ?? crypto.randomUUID(),
          bodyHash: "",
          input: inputs.x[0][0],
          deadlineMs: Number.POSITIVE_INFINITY,
        });
        if (!taken.ok) return new Response(taken.failure.detail, { status: 500 });
        const { turn, answer } = taken.value;
        const outputs = { sum: [[answer]] };
        return Response.json({ server_id: "server-1", session_id: session, turn, outputs });
      },
      "/sessions/:session": async ({ params }) => {
        const described = await conversations.describe({ model: "sum", session: params.session });
        return described.ok ? Response.json(described.value) : new Response(null, { status: 404 });
      },
    },
  });
  servers.push(server);
  return server.url.host;
}

/** The faults that clients find in their answers, and those that only the store shows. */
async function faultsFound(store: SessionStore, turnsAtLeast: number) {
  const http = serve(store);
  const plan = { addresses: { http }, conversations: 4, thinkMs: 0, turnsAtLeast };
  const held = await holdConversations(plan).finish();
  const differences = await compareWithStore(`http://${http}`, held);
  return {
    answers: held.flatMap(({ findings }) => findings.map(({ fault }) => fault)),
    store: [...differences.values()].map(({ fault }) => fault),
    failures: held.flatMap(({ failures }) => failures),
    turns: held.map(({ turns }) => turns),
  };
}

describe("whoever holds conversations over a store", () => {
  test("that is right finds nothing", async () => {
    expect(await faultsFound(openMemoryStore(LIMITS), 12)).toEqual({
      answers: [],
      store: [],
      failures: [],
      turns: [12, 12, 12, 12],
    });
  });

  test("that loses writes finds lost turns, and nothing else", async () => {
    const store = faultyStore(openMemoryStore(LIMITS), { fault: "loses", every: 7 });
    const { answers, failures } = await faultsFound(store, 12);

    expect(answers.length).toBeGreaterThan(2);
    expect(new Set(answers)).toEqual(new Set(["lost"]));
    expect(failures).toEqual([]);
  });

  test("that loses what nobody asks about again finds it in the store", async () => {
    const store = faultyStore(openMemoryStore(LIMITS), { fault: "loses", every: 4 });
    const { answers, store: differences } = await faultsFound(store, 1);

    expect([answers, differences]).toEqual([[], ["lost"]]);
  });

  test("that doubles writes finds turns that count twice, and nothing else", async () => {
    const store = faultyStore(openMemoryStore(LIMITS), { fault: "doubles", every: 7 });
    const { answers, failures } = await faultsFound(store, 12);

    expect(answers.length).toBeGreaterThan(2);
    expect(new Set(answers)).toEqual(new Set(["twice"]));
    expect(failures).toEqual([]);
  });

  test("that doubles what nobody asks about again finds it in the store", async () => {
    const store = faultyStore(openMemoryStore(LIMITS), { fault: "doubles", every: 4 });
    const { answers, store: differences } = await faultsFound(store, 1);

    expect([answers, differences]).toEqual([[], ["twice"]]);
  });
});

describe("an answer after the turns 10, 20 and 40, to one that adds 80,", () => {
  const SAID = [10, 20, 40];
  const answer = (turn: number, sum: number, session = "own") => ({
    session,
    turn,
    sum,
    server: "server-1",
  });

  function afterThree() {
    const checker = conversationChecker("own");
    const sums = [10, 30, 70];
    for (const [at, x] of SAID.entries()) checker.answered(x, answer(at + 1, sums[at] ?? 0));
    return checker;
  }

  test.each([
    ["right", undefined, answer(4, 150)],
    ["one of another conversation", "other's", answer(4, 150, "other")],
    ["one with numbers that nobody here said", "other's", answer(4, 155)],
    ["one that does not know the last turn", "lost", answer(3, 110)],
    ["one that counts the last turn and does not add it", "lost", answer(4, 110)],
    ["one that added the last turn twice", "twice", answer(4, 190)],
    ["one that added this turn twice", "twice", answer(4, 230)],
    ["one that counted a turn twice", "twice", answer(5, 150)],
    ["one that went on from an older turn", "out of order", answer(4, 90)],
  ] as const)("is %s", (_, fault, said) => {
    expect(afterThree().answered(80, said)?.fault).toBe(fault);
  });

  test("is right with and without a turn in between that got no answer, and finds a fault once", () => {
    for (const said of [answer(4, 150), answer(5, 155)]) {
      const checker = afterThree();
      checker.unanswered(5);
      expect(checker.answered(80, said)).toBeUndefined();
    }
    const checker = afterThree();
    checker.answered(80, answer(3, 110));
    expect(checker.answered(1, answer(4, 111))).toBeUndefined();
  });
});
