import { predict } from "@flotilla/testkit/grpc-client";
import type { Fleet } from "@flotilla/testkit/start-fleet";

/** What a turn of a conversation with testkit's accumulator, under the name `sum`, is answered. */
export interface Added {
  readonly server: string;
  readonly turn: number;
  readonly sum: number;
}

interface Refused {
  readonly refusal: string;
  /** When to come again. */
  readonly retryAfter: unknown;
}

export type Add = (
  fleet: Pick<Fleet, "httpUrl" | "grpcAddress">,
  turn: { readonly session: string; readonly x: number },
) => Promise<Added | Refused>;

export const addOverHttp: Add = async ({ httpUrl }, { session, x }) => {
  const answer = await fetch(`${httpUrl}/models/sum/predict`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-session-id": session },
    body: JSON.stringify({ inputs: { x: [[x]] } }),
    // An NGINX before 1.27.4 may close a connection at a reload just as it is used again.
    keepalive: false,
  });
  if (!answer.ok) {
    const retryAfter = answer.headers.get("retry-after");
    return { refusal: `${answer.status} ${await answer.text()}`, retryAfter };
  }
  const { server_id, turn, outputs } = (await answer.json()) as {
    readonly server_id: string;
    readonly turn: number;
    readonly outputs: { readonly sum: readonly (readonly number[])[] };
  };
  return { server: server_id, turn, sum: outputs.sum[0]?.[0] ?? Number.NaN };
};

export const addOverGrpc: Add = async ({ grpcAddress }, { session, x }) => {
  const value = { datatype: "INT64", shape: [1, 1], contents: { int64_contents: [x] } };
  const request = { model: "sum", tensors: { inputs: [{ key: "x", value }] } };
  const headers = { "x-session-id": session };
  const { code, details, response, trailers } = await predict(grpcAddress, request, { headers });
  if (response === undefined) {
    return { refusal: `${code} ${details}`, retryAfter: trailers["retry-after"] };
  }
  const [output] = response.result?.outputs?.inputs ?? [];
  const sum = Number(output?.value?.contents?.int64_contents[0]);
  return { server: response.server_id, turn: response.turn, sum };
};
