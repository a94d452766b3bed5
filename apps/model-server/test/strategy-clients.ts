import { request as requestHttp } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { connect as connectTcp } from "node:net";
import type { PredictResponse__Output } from "@flotilla/proto/generated/flotilla/v1/PredictResponse";
import { services } from "@flotilla/proto/services";
import type { RunningNginx } from "@flotilla/testkit/start-nginx";

export interface Question {
  readonly headers?: Readonly<Record<string, string>>;
  /** The client's own address; all of 127.0.0.0/8 is this machine. */
  readonly from?: string;
  /** How much there is to infer; a thousand take some tenths of a second. */
  readonly rounds?: number;
}

interface Answer {
  /** The replica's id as the body has it, or the error that came instead. */
  readonly from: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface Client {
  readonly name: "HTTP" | "gRPC";
  readonly ask: (nginx: RunningNginx, question?: Question) => Promise<Answer>;
}

const HOST = "127.0.0.1";

export const overHttp: Client = {
  name: "HTTP",
  ask(nginx, { headers = {}, from = HOST, rounds = 0 } = {}) {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const call = requestHttp({
      host: HOST,
      port: nginx.httpPort,
      localAddress: from,
      agent: false,
      method: "POST",
      path: "/predict",
      headers: { "content-type": "application/json", ...headers },
    });
    call.on("error", reject);
    call.on("response", async (response) => {
      const body = JSON.parse(Buffer.concat(await response.toArray()).toString());
      const error = `${response.statusCode} ${body.detail}`;
      resolve({ from: body.server_id ?? error, headers: response.headers });
    });
    call.end(JSON.stringify({ inputs: { rounds: [rounds] } }));
    return promise;
  },
};

const { Predict } = services["flotilla.v1.PredictionService"];

/** By hand, because grpc-js lets nobody choose the address that a call comes from. */
export const overGrpc: Client = {
  name: "gRPC",
  ask(nginx, { headers = {}, from = HOST, rounds = 0 } = {}) {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const target = { host: HOST, port: nginx.grpcPort };
    const session = connectHttp2(`http://${HOST}:${target.port}`, {
      createConnection: () => connectTcp({ ...target, localAddress: from }),
    });
    session.on("error", reject);
    const call = session.request({
      ":method": "POST",
      ":path": Predict.path,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    let received: Record<string, unknown> = {};
    const chunks: Buffer[] = [];
    call.on("response", (first) => {
      received = { ...first };
    });
    call.on("trailers", (last) => Object.assign(received, last));
    call.on("data", (chunk: Buffer) => chunks.push(chunk));
    call.on("error", reject);
    call.on("close", () => {
      session.close();
      const message = Buffer.concat(chunks).subarray(FRAME_HEADER_BYTES);
      const answer: PredictResponse__Output | undefined =
        message.length === 0 ? undefined : Predict.responseDeserialize(message);
      const error = `${received["grpc-status"]} ${received["grpc-message"]}`;
      resolve({ from: answer?.server_id ?? error, headers: received });
    });
    call.end(predictFrame(rounds));
    return promise;
  },
};

const FRAME_HEADER_BYTES = 5;

function predictFrame(rounds: number): Buffer {
  const value = { datatype: "INT64", shape: [1], contents: { int64_contents: [rounds] } };
  const message = Predict.requestSerialize({ tensors: { inputs: [{ key: "rounds", value }] } });
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

/** One after another. */
export async function askEach(
  { ask }: Client,
  nginx: RunningNginx,
  questions: readonly Question[],
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const question of questions) ids.push((await ask(nginx, question)).from);
  return ids;
}

/** How often each is there. */
export function tally(ids: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const id of ids.toSorted()) counts[id] = (counts[id] ?? 0) + 1;
  return counts;
}
