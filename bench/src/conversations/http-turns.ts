import { openExchange } from "./http-exchange.ts";
import { SUM, type TurnClient, type TurnOutcome } from "./turn-client.ts";

interface TurnBody {
  readonly session_id: string;
  readonly turn: number;
  readonly server_id: string;
  readonly outputs: { readonly sum: readonly (readonly number[])[] };
}

export function httpTurns(address: string): TurnClient {
  const exchange = openExchange(address);
  return {
    async take({ session, x, headers }) {
      const body = `{"inputs":{"x":[[${x}]]}}`;
      const lines = [
        `POST /models/${SUM}/predict HTTP/1.1`,
        `host: ${address}`,
        "content-type: application/json",
        `content-length: ${body.length}`,
        `x-session-id: ${session}`,
        ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      ];
      const answer = await exchange.send(`${lines.join("\r\n")}\r\n\r\n${body}`);
      if ("lost" in answer) {
        return { kind: answer.unanswered ? "closed" : "failed", detail: answer.lost };
      }
      if (answer.status !== 200) return failure(`${answer.status} ${answer.body.slice(0, 300)}`);
      return readTurn(answer.body, answer.headers["x-flotilla-retried"] !== undefined);
    },
    close: exchange.close,
  };
}

function readTurn(text: string, retried: boolean): TurnOutcome {
  try {
    const { session_id: session, turn, server_id: server, outputs } = JSON.parse(text) as TurnBody;
    const sum = outputs.sum[0]?.[0] ?? Number.NaN;
    return { kind: "answered", answer: { session, turn, sum, server }, retried };
  } catch {
    return failure(`200 with ${JSON.stringify(text.slice(0, 200))}`);
  }
}

function failure(detail: string): TurnOutcome {
  return { kind: "failed", detail };
}
