import { connect, type Ended } from "@flotilla/testkit/grpc-client";
import type { Fleet } from "@flotilla/testkit/start-fleet";
import { waitUntil } from "@flotilla/testkit/wait-until";

export interface Load extends AsyncDisposable {
  /** The replicas that answered what was asked since the last call of this. */
  servers(): ReadonlySet<string>;
  /** Done when so many further requests have been answered, over each transport. */
  next(requests: number): Promise<void>;
  /** Ends it, and tells what failed: nothing, in most tests. */
  stop(): Promise<readonly string[]>;
}

interface Answer {
  readonly server: string;
  readonly value: number | undefined;
}

const CLIENTS = 4;
/** More tell nothing new. */
const FAILURES_LIMIT = 10;
const DEADLINE_MS = 40_000;
const TRIES = 10;

/**
 * Clients that ask a model whose answer is its input (`x` → `y`, FP32 [batch, 2]), one request after the other, half of
 * them over HTTP and half over gRPC. Every request has a number of its own: an empty answer or another's is a failure.
 */
export function startLoad(
  fleet: Pick<Fleet, "httpUrl" | "grpcAddress"> & Partial<Pick<Fleet, "output">>,
): Load {
  const failures: string[] = [];
  const answered = { http: 0, grpc: 0 };
  let servers = new Set<string>();
  let number = 0;
  let stopped = false;

  const client = async (
    transport: keyof typeof answered,
    ask: (value: number) => Promise<Answer>,
  ) => {
    while (!stopped && failures.length < FAILURES_LIMIT) {
      number += 1;
      const asked = number;
      const asking = servers;
      const failure = await ask(asked).then(
        ({ server, value }) => {
          asking.add(server);
          answered[transport] += 1;
          return value === asked ? undefined : `asked ${asked}, answered ${value} by ${server}`;
        },
        (error: Error) => error.message,
      );
      if (failure === undefined) continue;
      const said = fleet.output?.().slice(-4_000);
      if (failures.length === 0 && said) failures.push(`the fleet said: ${said}`);
      failures.push(`${new Date().toISOString()} ${transport}: ${failure}`);
    }
  };
  const clients = Array.from({ length: CLIENTS }, () => [
    client("http", (value) => askHttp(fleet, value)),
    withGrpcClient(fleet, (ask) => client("grpc", ask)),
  ]);
  const stop = async () => {
    stopped = true;
    await Promise.all(clients.flat());
    return failures;
  };
  return {
    servers() {
      const since = servers;
      servers = new Set();
      return since;
    },
    async next(requests) {
      const wanted = { http: answered.http + requests, grpc: answered.grpc + requests };
      await waitUntil(`${requests} further answers`, () => {
        if (failures.length > 0) throw new Error(failures.join("\n"));
        return answered.http >= wanted.http && answered.grpc >= wanted.grpc;
      });
    },
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}

async function askHttp({ httpUrl }: Pick<Fleet, "httpUrl">, value: number): Promise<Answer> {
  const answer = await fetch(`${httpUrl}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ inputs: { x: [[value, 0]] } }),
    signal: AbortSignal.timeout(DEADLINE_MS),
    // An NGINX before 1.27.4 may close a connection at a reload just as it is used again.
    keepalive: false,
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${answer.status}: ${text}`);
  const { server_id: server, outputs } = JSON.parse(text);
  return { server, value: outputs.y[0][0] };
}

async function withGrpcClient(
  { grpcAddress }: Pick<Fleet, "grpcAddress">,
  use: (ask: (value: number) => Promise<Answer>) => Promise<void>,
): Promise<void> {
  using client = connect("flotilla.v1.PredictionService", grpcAddress);
  const ask = (value: number) => {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const x = { datatype: "FP32", shape: [1, 2], contents: { fp32_contents: [value, 0] } };
    const request = { tensors: { inputs: [{ key: "x", value: x }] } };
    client.Predict(request, { deadline: Date.now() + DEADLINE_MS }, (error, response) => {
      if (error || response === undefined) reject(error ?? new Error("an empty answer"));
      else resolve({ server: response.server_id, value: outputOf(response) });
    });
    return promise;
  };
  await use(async (value) => {
    for (let tries = 1; ; tries++) {
      // At a reload, on a connection that is being closed. HTTP/2 says of it that nobody has seen the call.
      const answer = await ask(value).catch((error: Error) => {
        const isRefused = error.message.includes("Stream refused by server");
        if (!isRefused || tries === TRIES) throw error;
      });
      if (answer !== undefined) return answer;
    }
  });
}

function outputOf(response: NonNullable<Ended["response"]>): number | undefined {
  const [output] = response.result?.outputs?.inputs ?? [];
  return output?.value?.contents?.fp32_contents[0] ?? output?.value?.raw?.readFloatLE();
}
