import { afterEach, expect, test } from "bun:test";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { connectHttp } from "../src/load/http-connection.ts";
import type { Outcome, Question } from "../src/load/outcome.ts";

/** What the server does at one request: says these pieces one by one, and then may close. */
interface Behaviour {
  readonly says?: readonly string[];
  readonly closes?: boolean;
}

const BODY = '{"server_id":"server-1","outputs":{"y":[[7,8]]}}';
const QUESTION: Question = {
  input: "x",
  output: "y",
  datatype: "FP32",
  shape: [1, 2],
  values: [7, 8],
  headers: {},
  isAnswer: (values) => values.join() === "7,8",
};

let stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops) stop();
  stops = [];
});

/** A server that does to its first request what stands first, and so on, on whichever connection it comes. */
function misbehave(...behaviours: readonly Behaviour[]) {
  const seen = { connections: 0, requests: [] as string[], pieces: 0 };
  const server = Bun.listen<{ text: string }>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        seen.connections += 1;
        socket.data = { text: "" };
      },
      async data(socket, bytes) {
        socket.data.text += bytes.toString();
        const [head = "", body = ""] = socket.data.text.split("\r\n\r\n");
        if (body.length < Number(/content-length: (\d+)/.exec(head)?.[1])) return;
        const behaviour = behaviours[seen.requests.length];
        seen.requests.push(socket.data.text);
        socket.data.text = "";
        for (const piece of behaviour?.says ?? []) {
          socket.write(piece);
          seen.pieces += 1;
          await Bun.sleep(1); // only so that each piece is likely a packet of its own
        }
        if (behaviour?.closes) socket.end();
      },
    },
  });
  const connection = connectHttp(`127.0.0.1:${server.port}`);
  stops.push(() => {
    connection.close();
    server.stop(true);
  });
  return { seen, ask: (question = QUESTION) => connection.ask(question) };
}

/** How a request ends that is answered with this. */
async function outcomeOf(...says: readonly string[]): Promise<Outcome> {
  return await misbehave({ says }).ask();
}

function answer(body = BODY, head = "200 OK"): string {
  return `HTTP/1.1 ${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

test("the right answer is good, and the connection is used again", async () => {
  const { ask, seen } = misbehave({ says: [answer()] }, { says: [answer()] });

  expect([await ask(), await ask()]).toEqual(Array(2).fill({ kind: "good", retried: false }));
  expect(seen.connections).toBe(1);
});

test("an answer in chunks, and in pieces, is read to its end", async () => {
  const size = BODY.length - 5;
  const chunked = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n${BODY.slice(0, 5)}\r\n${size.toString(16)}\r\n${BODY.slice(5)}\r\n0\r\n\r\n`;
  const pieces = [
    chunked.slice(0, 30),
    chunked.slice(30, 62),
    chunked.slice(62, -3),
    chunked.slice(-3),
  ];

  expect(await outcomeOf(...pieces)).toEqual({ kind: "good", retried: false });
});

test("NGINX's word that it asked a further replica is counted", async () => {
  const retried = answer(BODY, "200 OK\r\nX-Flotilla-Retried: 1");

  expect(await outcomeOf(retried)).toEqual({ kind: "good", retried: true });
});

test.each([
  ["another's answer", answer(BODY.replace("7", "9"))],
  ["an empty body", answer("")],
  ["an answer of nobody", answer(BODY.replace("server-1", ""))],
  ["half an answer as a whole one", answer(BODY.slice(0, 20))],
  ["more than an answer", answer() + answer()],
  ["neither a length nor chunks", `HTTP/1.1 200 OK\r\n\r\n${BODY}`],
  ["no HTTP at all", "hello\r\n\r\n"],
])("%s is wrong", async (_, said) => {
  expect((await outcomeOf(said)).kind).toBe("wrong");
});

test("bytes that nobody asked for make the next answer wrong", async () => {
  const { ask, seen } = misbehave({ says: [answer(), "HTTP/1.1"] }, { says: [answer()] });
  await ask();
  await waitUntil("they are sent", () => seen.pieces === 2);

  expect((await ask()).kind).toBe("wrong");
});

test.each([
  ["429 with a time to come again is overload", "429 No\r\nRetry-After: 1", "overloaded"],
  ["429 without is a refusal", "429 No", "refused"],
  ["502 is a refusal", "502 Bad Gateway", "refused"],
])("%s", async (_, head, kind) => {
  expect((await outcomeOf(answer("{}", head))).kind).toBe(kind as Outcome["kind"]);
});

test("a used connection that closes without a byte of the answer is told apart", async () => {
  const { ask, seen } = misbehave({ says: [answer()] }, { closes: true }, { says: [answer()] });

  expect([(await ask()).kind, (await ask()).kind, (await ask()).kind]).toEqual([
    "good",
    "closed",
    "good",
  ]);
  expect(seen.connections).toBe(2);
});

test("one that closes before its first answer, or within one, is broken", async () => {
  const fresh = misbehave({ closes: true });
  const within = misbehave({ says: [answer()] }, { says: [answer().slice(0, 40)], closes: true });

  expect((await fresh.ask()).kind).toBe("broken");
  expect([(await within.ask()).kind, (await within.ask()).kind]).toEqual(["good", "broken"]);
});

test("a connection that the server announces to close is not used again", async () => {
  const last = answer(BODY, "200 OK\r\nConnection: close");
  const { ask, seen } = misbehave({ says: [last], closes: true }, { says: [answer()] });

  expect([(await ask()).kind, (await ask()).kind]).toEqual(["good", "good"]);
  expect(seen.connections).toBe(2);
});

test("where nobody listens it is broken", async () => {
  expect(await connectHttp("127.0.0.1:1").ask(QUESTION)).toEqual({
    kind: "broken",
    detail: "no connection: ECONNREFUSED",
  });
});

test("a body of megabytes is sent whole, with its headers", async () => {
  const { ask, seen } = misbehave({ says: [answer()] });
  const values = Array<number>(1_000_000).fill(0.125);

  await ask({ ...QUESTION, values, headers: { "x-session-id": "a" } });

  const [request = ""] = seen.requests;
  expect(request).toContain("\r\nx-session-id: a\r\n");
  expect(request.split("\r\n\r\n")[1]).toBe(`{"inputs":{"x":[[${values.join(",")}]]}}`);
});
