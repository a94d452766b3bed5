import { afterAll, beforeEach, expect, test } from "bun:test";
import { freePorts } from "@flotilla/testkit/free-ports";
import { runFlotilla, typeFlotilla } from "./run-flotilla.ts";

const EVIL = "\u001b[2J\u009b1m";
const SHOWN = "\\u001b[2J\\u009b1m";

/** Stands in for a fleet that answers what no real one does; what it was asked. */
const asked: { readonly path: string; readonly headers: Headers; readonly body: string }[] = [];
let answer: () => Response | Promise<Response>;
const server = Bun.serve({
  port: 0,
  async fetch(request) {
    const { pathname } = new URL(request.url);
    asked.push({ path: pathname, headers: request.headers, body: await request.text() });
    return await answer();
  },
});
const settings = { http_port: server.port ?? 0 };

beforeEach(() => {
  asked.length = 0;
  answer = () => Response.json({ prediction: { text: "hello" } });
});
afterAll(() => server.stop(true));

const predict = (...words: readonly string[]) => ({ arguments: ["predict", ...words], settings });
const events = (body: ConstructorParameters<typeof Response>[0]) => () =>
  new Response(body, { headers: { "content-type": "text/event-stream" } });

test("the model, its version, the session and the deadline are the request's", async () => {
  await runFlotilla(predict("--model", "chat/3", "--session", "a~1", "--timeout-ms", "250", "hi"));
  await runFlotilla({
    ...predict("--session", "b", '{"n": 9007199254740993}'),
    settings: { ...settings, session_header: "x-my-session" },
  });

  expect(asked.map(({ path, body }) => [path, body])).toEqual([
    ["/models/chat/versions/3/predict", '{"text":"hi"}'],
    ["/predict", '{"n": 9007199254740993}'],
  ]);
  expect(asked[0]?.headers.get("x-session-id")).toBe("a~1");
  expect(asked[0]?.headers.get("x-timeout-ms")).toBe("250");
  expect(asked[1]?.headers.get("x-my-session")).toBe("b");
});

test("no answer commands the terminal, streamed, whole or refused", async () => {
  const token = `event: token\ndata: ${JSON.stringify({ text: EVIL })}\n\n`;
  const done = `event: done\ndata: ${JSON.stringify({ server_id: EVIL, prediction: { text: EVIL } })}\n\n`;
  answer = events(token + done);
  const { shown } = await typeFlotilla(predict("--session", "a", "hi"));
  expect(shown).toStartWith(`${SHOWN}\r\n`);
  expect(shown).not.toContain(EVIL);

  const body = { server_id: EVIL, prediction: { text: EVIL } };
  answer = () => new Response(JSON.stringify(body));
  const whole = await runFlotilla(predict("--json", "hi"));
  expect(whole.out).toContain(SHOWN);
  expect(JSON.parse(whole.out)).toEqual(body);

  answer = () =>
    Response.json(
      { detail: EVIL },
      { status: 500, headers: { "content-type": "application/problem+json" } },
    );
  expect((await runFlotilla(predict("hi"))).problems).toBe(`${SHOWN}\n`);
});

test("at a terminal a reply is shown while it is made", async () => {
  const seen = Promise.withResolvers<void>();
  answer = events(
    (async function* () {
      yield 'event: token\ndata: {"text":"Hel"}\n\n';
      await seen.promise;
      yield 'event: token\ndata: {"text":"lo"}\n\nevent: done\ndata: {"prediction":{"text":"Hello"}}\n\n';
    })(),
  );

  const { shown } = await typeFlotilla(predict("--session", "a", "hi"), (text) => {
    if (text === "Hel") seen.resolve();
  });

  expect(shown).toMatch(/^Hello\r\n\S+ ms/);
});

test("a reply that ends otherwise than it was streamed is shown as it ended", async () => {
  answer = events(
    'event: token\ndata: {"text":"Hel"}\n\nevent: done\ndata: {"prediction":{"text":"Good day"}}\n\n',
  );

  const { shown } = await typeFlotilla(predict("--session", "a", "hi"));

  expect(shown).toStartWith("Hel\r\nGood day\r\n");
});

test.each([
  [
    'event: token\ndata: {"text":"Hel"}\n\n',
    "the answer broke off before its end; mend: ask again",
  ],
  ['event: error\ndata: {"detail":"the store is down"}\n\n', "the store is down"],
])(
  "a reply that fails while it is streamed says why, and the exit code is 1",
  async (text, why) => {
    answer = events(text);

    const { shown, code } = await typeFlotilla(predict("--session", "a", "hi"));

    expect(shown).toEndWith(`${why}\r\n`);
    expect(code).toBe(1);
  },
);

test.each([
  [["--model", "../sentiment", "hi"], "Expected a model's name"],
  [["--session", "a b", "hi"], "Expected 1 to 128 letters"],
  [["--timeout-ms", "0", "hi"], "Expected a whole number from 1 to 3600000."],
  [['{"text": '], "TEXT begins as a JSON object and is none"],
  [["--http-port", "x", "hi"], "--http-port: expected a whole number"],
])("%j is wrong use: nothing is asked, and the exit code is 2", async (words, why) => {
  const { problems, code } = await runFlotilla(predict(...words));

  expect(problems).toContain(why);
  expect([code, asked.length]).toEqual([2, 0]);
});

test("at a terminal a missing text is wrong use, too", async () => {
  const { shown, code } = await typeFlotilla(predict());

  expect(shown).toStartWith("TEXT is missing; mend: flotilla predict 'a text'");
  expect(code).toBe(2);
});

test.each([
  [predict("a text of thirty-two characters!"), ""],
  [predict(), "x".repeat(100_000)],
])("a request beyond the fleet's body limit is not sent", async (run, input) => {
  const limited = { ...run, input, settings: { ...settings, body_limit_bytes: 40 } };

  expect(await runFlotilla(limited)).toMatchObject({
    problems: "a request may have 40 bytes at most (body_limit_bytes)\n",
    code: 2,
  });
  expect(asked).toEqual([]);
});

test("a large answer reaches a slow reader whole", async () => {
  const text = "x".repeat(4_000_000);
  answer = () => Response.json({ prediction: { text } });

  expect((await runFlotilla(predict("hi"))).out).toBe(`${text}\n`);
});

test("without a fleet, or with another server in its place, it says so", async () => {
  const [http_port = 0] = freePorts(1);
  const nobody = await runFlotilla({ ...predict("hi"), settings: { http_port } });
  expect(nobody.problems).toMatch(/^no fleet answers at \S+ \(ECONNREFUSED\); mend: start one/);

  answer = () => new Response("<h1>It works!</h1>");
  const another = await runFlotilla(predict("hi"));
  expect(another.problems).toStartWith("the answer is no JSON");
  expect([nobody.code, another.code]).toEqual([1, 1]);
});
