import { afterAll, beforeAll, expect, test } from "bun:test";
import { predict } from "@flotilla/testkit/grpc-client";
import { echo, type FakeReplica, startFakeReplica } from "./grpc-fake-replica.ts";

const CONNECTIONS = 16;
const ROUNDS = 5;

/** Answers when there is a question of each connection: all are ready together, as those of a batch are. */
let asked: (() => void)[] = [];
async function inferTogether(request: Parameters<typeof echo>[0]) {
  await new Promise<void>((release) => {
    asked.push(release);
    if (asked.length < CONNECTIONS) return;
    for (const each of asked) each();
    asked = [];
  });
  return await echo(request);
}

let replica: FakeReplica;
beforeAll(async () => {
  replica = await startFakeReplica({ infer: inferTogether });
});
afterAll(() => replica[Symbol.asyncDispose]());

/** Passes bytes on in both directions, and keeps what the replica sent, as it came. */
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

/** HTTP/2: nine bytes before each frame, of which the first three are its length, then its type and flags. */
function framesOf(bytes: Buffer): readonly { type: number; flags: number }[] {
  const frames = [];
  for (let at = 0; at < bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    frames.push({ type: bytes.readUInt8(at + 3), flags: bytes.readUInt8(at + 4) });
  }
  return frames;
}

const HEADERS = 1;
const END_STREAM = 1;

test("small answers that are ready together are written whole, each at once", async () => {
  using proxy = listenBefore(replica.address);
  for (let round = 0; round < ROUNDS; round++) {
    const calls = Array.from({ length: CONNECTIONS }, () =>
      predict(proxy.address, { text: "the rollout was painless" }),
    );
    const codes = (await Promise.all(calls)).map(({ code }) => code);
    expect(new Set(codes)).toEqual(new Set(["OK"]));
  }

  const answers = proxy.pieces.map(framesOf).filter((frames) => frames.some(isHeaders));
  expect(answers.length).toBeGreaterThan(0);
  // Headers begin an answer and, as trailers, end it.
  const ends = answers.map((frames) => frames.filter(isHeaders).at(-1));
  expect(ends.filter((frame) => ((frame?.flags ?? 0) & END_STREAM) === 0)).toEqual([]);
  expect(answers.map((frames) => frames.filter(isHeaders).length % 2)).not.toContain(1);
});

function isHeaders({ type }: { type: number }): boolean {
  return type === HEADERS;
}
