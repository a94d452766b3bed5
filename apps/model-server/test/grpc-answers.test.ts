import { expect, test } from "bun:test";
import { predict } from "@flotilla/testkit/grpc-client";
import { SENTIMENT } from "@flotilla/testkit/shared-models";
import { startReplicaProcess, untilReady } from "./start-replica-process.ts";

const CONNECTIONS = 16;
const ROUNDS = 10;

/** Passes bytes on in both directions, and keeps what came from the address, as it came. */
function listenBefore(address: string) {
  const [hostname = "", port = ""] = address.split(":");
  const pieces: Buffer[] = [];
  const server = Bun.listen<{ upstream: Promise<Bun.Socket> }>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(client) {
        const socket = {
          data(_: Bun.Socket, bytes: Buffer) {
            pieces.push(Buffer.from(bytes));
            client.write(bytes);
          },
        };
        client.data = { upstream: Bun.connect({ hostname, port: Number(port), socket }) };
      },
      async data({ data }, bytes) {
        const copy = Buffer.from(bytes); // Bun uses its own again
        (await data.upstream).write(copy);
      },
      async close({ data }) {
        (await data.upstream).end();
      },
    },
  });
  return { address: `127.0.0.1:${server.port}`, pieces, [Symbol.dispose]: () => server.stop(true) };
}

const HEADERS = 1;
const END_STREAM = 1;

/** The frames that begin an answer and, as trailers, end it. Each frame is its length, type, flags, stream, and itself. */
function headersIn(bytes: Buffer): readonly { readonly ends: boolean }[] {
  const headers = [];
  for (let at = 0; at < bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    if (bytes[at + 3] !== HEADERS) continue;
    headers.push({ ends: (bytes.readUInt8(at + 4) & END_STREAM) !== 0 });
  }
  return headers;
}

test("a small answer leaves in one piece, however many are ready together", async () => {
  await using replica = startReplicaProcess({ FLOTILLA_MODELS: SENTIMENT });
  await untilReady(replica);
  using proxies = new DisposableStack();
  const lines = Array.from({ length: CONNECTIONS }, () =>
    proxies.use(listenBefore(replica.grpcAddress)),
  );

  for (let round = 0; round < ROUNDS; round++) {
    const calls = lines.map(({ address }) => predict(address, { text: "painless" }));
    expect(new Set((await Promise.all(calls)).map(({ code }) => code))).toEqual(new Set(["OK"]));
  }

  const answers = lines.flatMap(({ pieces }) => pieces.map(headersIn));
  expect(answers.filter((headers) => headers.length > 0)).toEqual(
    Array(CONNECTIONS * ROUNDS).fill([{ ends: false }, { ends: true }]),
  );
});
