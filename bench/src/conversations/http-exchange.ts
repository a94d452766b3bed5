import { CLIENT_TIMEOUT_S } from "../load/outcome.ts";
import { type HttpAnswer, readAnswer } from "../load/read-answer.ts";

/** What became of a request that got no whole answer. */
interface Lost {
  readonly lost: string;
  /** The connection had answered before, and gave no byte to this request. */
  readonly unanswered: boolean;
}

/** A kept-alive HTTP/1.1 connection for one request at a time. It repeats nothing; a lost one is replaced. */
export interface HttpExchange {
  send(request: string): Promise<HttpAnswer | Lost>;
  close(): void;
}

type Socket = Bun.Socket<undefined>;

const NOTHING = Buffer.alloc(0);

export function openExchange(address: string): HttpExchange {
  const [hostname = "", port = ""] = address.split(":");
  let socket: Socket | undefined;
  let answers = 0;
  let received: Buffer = NOTHING;
  let settle: ((outcome: HttpAnswer | Lost) => void) | undefined;

  const hangUp = () => {
    const left = socket;
    socket = undefined; // first, since its close is told at once
    left?.terminate();
  };
  const finish = (outcome: HttpAnswer | Lost) => {
    const waiting = settle;
    settle = undefined;
    received = NOTHING;
    waiting?.(outcome);
  };
  const lose = (how: string) => {
    const unanswered = answers > 0 && received.length === 0;
    hangUp();
    finish({ lost: `${how} after ${received.length} bytes and ${answers} answers`, unanswered });
  };
  const handlers = {
    data(from: Socket, bytes: Buffer) {
      if (from !== socket) return;
      received = Buffer.concat([received, bytes]);
      if (settle === undefined) return lose("bytes that nobody asked for");
      try {
        const answer = readAnswer(received);
        if (answer === "incomplete") return;
        if (answer.end < received.length) return lose("more bytes than one answer");
        answers += 1;
        if (answer.headers["connection"] === "close") hangUp();
        finish(answer);
      } catch (error) {
        lose((error as Error).message);
      }
    },
    close(from: Socket, error?: NodeJS.ErrnoException) {
      if (from === socket) lose(error?.code ?? "closed in good order");
    },
    timeout(from: Socket) {
      if (from === socket && settle !== undefined) lose(`nothing for ${CLIENT_TIMEOUT_S} s`);
    },
  };
  return {
    async send(request) {
      try {
        socket ??= await Bun.connect({ hostname, port: Number(port), socket: handlers });
      } catch (error) {
        return { lost: `no connection: ${(error as Error).message}`, unanswered: false };
      }
      const connected = socket;
      return await new Promise((resolve) => {
        settle = resolve;
        connected.timeout(CLIENT_TIMEOUT_S);
        // Turns are small: they fit into a socket's buffer, or the connection is lost.
        if (connected.write(request) < request.length) lose("not written");
      });
    },
    close: hangUp,
  };
}
