import { judgeAnswer } from "./judge-answer.ts";
import { CLIENT_TIMEOUT_S, type Connection, type Outcome, type Question } from "./outcome.ts";
import { readAnswer } from "./read-answer.ts";

interface Exchange {
  readonly question: Question;
  /** The connection had answered before. */
  readonly reused: boolean;
  unsent: Uint8Array;
  settle(outcome: Outcome): void;
}

type Socket = Bun.Socket<undefined>;

const NOTHING = Buffer.alloc(0);

/**
 * A kept-alive HTTP/1.1 connection, by hand, since `fetch` repeats requests unseen: this one knows what happened to
 * each. A lost connection is replaced before the next request.
 */
export function connectHttp(address: string): Connection {
  const [hostname = "", port = ""] = address.split(":");
  let socket: Socket | undefined;
  let answers = 0;
  let received: Buffer = NOTHING;
  let current: Exchange | undefined;

  const settle = (outcome: Outcome) => {
    const exchange = current;
    current = undefined;
    exchange?.settle(outcome);
  };
  const hangUp = () => {
    const left = socket;
    socket = undefined; // first, since its close is told at once
    left?.terminate();
  };
  const send = () => {
    if (socket === undefined || current === undefined || current.unsent.length === 0) return;
    const sent = socket.write(current.unsent);
    if (sent < 0) lose(socket);
    else current.unsent = current.unsent.subarray(sent);
  };
  const lose = (lost: Socket, error?: NodeJS.ErrnoException) => {
    if (lost !== socket) return;
    socket = undefined;
    const reused = current?.reused === true;
    const how = error?.code ?? "closed in good order";
    const detail = `${how} after ${received.length} bytes, ${reused ? "reused" : "new"} connection`;
    settle({ kind: reused && received.length === 0 ? "closed" : "broken", detail });
  };
  const handlers = {
    data(from: Socket, bytes: Buffer) {
      if (from !== socket) return;
      received = Buffer.concat([received, bytes]);
      // Bytes that nobody asked for stay, and make the next answer a wrong one.
      const read = current && readOutcome(received, current.question);
      if (read === undefined) return;
      answers += 1;
      received = NOTHING;
      if (!read.keeps) hangUp();
      settle(read.outcome);
    },
    drain: send,
    close: lose,
    timeout(from: Socket) {
      if (from !== socket || current === undefined) return;
      hangUp();
      settle({ kind: "broken", detail: `nothing for ${CLIENT_TIMEOUT_S} s: it hangs` });
    },
  };

  return {
    async ask(question) {
      if (socket === undefined) {
        const opened = await open({ hostname, port: Number(port), socket: handlers });
        if ("kind" in opened) return opened;
        socket = opened;
        answers = 0;
        received = NOTHING;
      }
      return await new Promise((settled) => {
        const unsent = encode(address, question);
        current = { question, reused: answers > 0, unsent, settle: settled };
        send();
      });
    },
    close: hangUp,
  };
}

async function open(options: Bun.TCPSocketConnectOptions<undefined>): Promise<Socket | Outcome> {
  try {
    const socket = await Bun.connect(options);
    socket.timeout(CLIENT_TIMEOUT_S);
    return socket;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { kind: "broken", detail: `no connection: ${code ?? message}` };
  }
}

function encode(address: string, { input, shape, values, headers }: Question): Uint8Array {
  const vector = `[${values.join(",")}]`;
  const body = `{"inputs":{"${input}":${shape.length === 1 ? vector : `[${vector}]`}}}`;
  const lines = [
    "POST /predict HTTP/1.1",
    `host: ${address}`,
    "content-type: application/json",
    `content-length: ${body.length}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

/** Undefined as long as the answer is not whole. `keeps`: the connection may be used again. */
function readOutcome(bytes: Buffer, question: Question) {
  try {
    const answer = readAnswer(bytes);
    if (answer === "incomplete") return undefined;
    if (answer.end < bytes.length) throw new Error("more bytes than one answer");
    const keeps = answer.headers["connection"] !== "close";
    return { outcome: judgeAnswer(answer, question), keeps };
  } catch (error) {
    return { outcome: { kind: "wrong", detail: (error as Error).message }, keeps: false } as const;
  }
}
