import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import http2 from "node:http2";
import { gzipSync } from "node:zlib";
import { services } from "@flotilla/proto/services";
import { predict } from "@flotilla/testkit/grpc-client";
import { status } from "@grpc/grpc-js";
import { type FakeReplica, startFakeReplica } from "./grpc-fake-replica.ts";

let replica: FakeReplica;

beforeEach(async () => {
  replica = await startFakeReplica({ settings: { grpc_message_limit_bytes: 100_000 } });
});

afterEach(async () => {
  expect(await predict(replica.address, { text: "the next good request" })).toMatchObject({
    code: "OK",
  });
  await replica[Symbol.asyncDispose]();
});

const PREDICT = "/flotilla.v1.PredictionService/Predict";
const GRPC = { "content-type": "application/grpc", te: "trailers" };
const message = (text: string) =>
  services["flotilla.v1.PredictionService"].Predict.requestSerialize({ text });

function framed(bytes: Uint8Array, options: { readonly compressed: boolean }): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(options.compressed ? 1 : 0);
  head.writeUInt32BE(bytes.byteLength, 1);
  return Buffer.concat([head, bytes]);
}

/** A call byte by byte: its gRPC status by name, or the HTTP status where there is none. */
async function rawCall(options: {
  readonly body: Uint8Array | readonly Uint8Array[];
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Else it has a connection of its own. */
  readonly session?: http2.ClientHttp2Session;
}): Promise<string> {
  const session = options.session ?? http2.connect(`http://${replica.address}`);
  try {
    const stream = session.request({
      ":method": "POST",
      ":path": options.path ?? PREDICT,
      ...GRPC,
      ...options.headers,
    });
    const received: Record<string, unknown> = {};
    stream.on("response", (headers) => Object.assign(received, headers));
    stream.on("trailers", (trailers) => Object.assign(received, trailers));
    stream.resume();
    const { promise: closed, resolve, reject } = Promise.withResolvers<void>();
    stream.on("close", () => resolve());
    stream.on("error", reject);
    for (const piece of [options.body].flat()) stream.write(piece);
    stream.end();
    await closed;
    const code = received["grpc-status"];
    return code === undefined ? String(received[":status"]) : String(status[Number(code)]);
  } finally {
    if (options.session === undefined) session.destroy();
  }
}

/** Of a call whose body goes on after this. */
async function firstStatus(
  { address }: Pick<FakeReplica, "address">,
  {
    body,
    headers,
  }: { readonly body: Uint8Array; readonly headers: Readonly<Record<string, string>> },
): Promise<string> {
  const session = http2.connect(`http://${address}`);
  const { promise: code, resolve } = Promise.withResolvers<unknown>();
  const stream = session.request({ ":method": "POST", ":path": PREDICT, ...GRPC, ...headers });
  stream.on("response", (received) => resolve(received["grpc-status"]));
  stream.on("error", () => {});
  stream.write(body);
  try {
    return String(status[Number(await code)]);
  } finally {
    session.destroy();
  }
}

const NOTHING = new Uint8Array();
const good = framed(message("a"), { compressed: false });
const gzip = { "grpc-encoding": "gzip" };

// The first two are answered without grpc-js, the others by it: no client can tell.
const TYPES = ["application/grpc", "application/grpc+proto", "application/grpc+other"];

describe.each(TYPES)("a raw call of %s", (type) => {
  const headers = { "content-type": type };

  test("is OK, in plain or in pieces", async () => {
    expect(await rawCall({ body: good, headers })).toBe("OK");
    const pieces = Array.from(good, (byte) => Buffer.of(byte));
    expect(await rawCall({ body: pieces, headers })).toBe("OK");
  });

  test.each([
    ["no message", NOTHING],
    ["a part of one", good.subarray(0, 6)],
    ["two of them", Buffer.concat([good, good])],
  ])("with %s is UNIMPLEMENTED", async (_, body) => {
    expect(await rawCall({ body, headers })).toBe("UNIMPLEMENTED");
  });

  test("over the message limit is RESOURCE_EXHAUSTED, before it is there", async () => {
    const body = framed(message("a".repeat(100_001)), { compressed: false });
    expect(await rawCall({ body, headers })).toBe("RESOURCE_EXHAUSTED");
    expect(await firstStatus(replica, { body: body.subarray(0, 5), headers })).toBe(
      "RESOURCE_EXHAUSTED",
    );
  });

  test("whose message does not arrive is CANCELLED, or at its deadline DEADLINE_EXCEEDED", async () => {
    await using impatient = await startFakeReplica({ settings: { body_timeout_ms: 50 } });
    const body = good.subarray(0, 6);

    expect(await firstStatus(impatient, { body, headers })).toBe("CANCELLED");
    const deadline = { ...headers, "grpc-timeout": "20m" };
    expect(await firstStatus(replica, { body, headers: deadline })).toBe("DEADLINE_EXCEEDED");
  });

  test("that is no protobuf is INTERNAL", async () => {
    const body = framed(Buffer.from("ffffffffff", "hex"), { compressed: false });
    expect(await rawCall({ body, headers })).toBe("INTERNAL");
  });

  test.each(["ü", "a\tb"])("with the session id %j is INVALID_ARGUMENT", async (id) => {
    expect(await rawCall({ body: good, headers: { ...headers, "x-session-id": id } })).toBe(
      "INVALID_ARGUMENT",
    );
  });

  test("that is reset, before its message is whole or after, leaves nothing behind", async () => {
    for (const body of [good.subarray(0, 6), good]) {
      const session = http2.connect(`http://${replica.address}`);
      const stream = session.request({ ":method": "POST", ":path": PREDICT, ...GRPC, ...headers });
      stream.on("error", () => {});
      stream.write(body);
      const { promise: closed, resolve } = Promise.withResolvers<void>();
      stream.on("close", () => resolve());
      setImmediate(() => stream.close(http2.constants.NGHTTP2_CANCEL));
      await closed;
      session.destroy();
    }
  });
});

describe("a raw call", () => {
  test("in gzip is OK", async () => {
    const body = framed(gzipSync(message("a")), { compressed: true });
    expect(await rawCall({ body, headers: gzip })).toBe("OK");
  });

  test.each(["/flotilla.v1.PredictionService/Nothing", "/wine.Service/Predict", "/"])(
    "to %s is UNIMPLEMENTED",
    async (path) => {
      expect(await rawCall({ body: good, path })).toBe("UNIMPLEMENTED");
    },
  );

  test("of JSON is 415", async () => {
    const headers = { "content-type": "application/json" };
    expect(await rawCall({ body: Buffer.from("{}"), headers })).toBe("415");
  });

  test("that would unpack beyond the limit is RESOURCE_EXHAUSTED", async () => {
    const body = framed(gzipSync(message("a".repeat(50_000_000))), { compressed: true });
    expect(await rawCall({ body, headers: gzip })).toBe("RESOURCE_EXHAUSTED");
  });

  test("of corrupt gzip is INTERNAL", async () => {
    const body = framed(Buffer.from("no gzip at all"), { compressed: true });
    expect(await rawCall({ body, headers: gzip })).toBe("INTERNAL");
    const cut = framed(gzipSync(message("a")).subarray(0, 15), { compressed: true });
    expect(await rawCall({ body: cut, headers: gzip })).toBe("INTERNAL");
  });

  test("in an encoding of its own is UNIMPLEMENTED", async () => {
    const body = framed(message("a"), { compressed: true });
    expect(await rawCall({ body, headers: { "grpc-encoding": "zstd" } })).toBe("UNIMPLEMENTED");
  });

  test("with a grpc-timeout that is none is INTERNAL", async () => {
    expect(await rawCall({ body: good, headers: { "grpc-timeout": "soon" } })).toBe("INTERNAL");
  });
});

const DATA = 0x0;
const HEADERS = 0x1;
const RST_STREAM = 0x3;
const SETTINGS = 0x4;
const PING = 0x6;
const CONTINUATION = 0x9;
const END_HEADERS = 0x4;

function frame(type: number, flags: number, { stream = 0, payload = NOTHING } = {}): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.byteLength, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** HPACK without tables. */
const literals = (headers: Readonly<Record<string, string>>) =>
  Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => [
      Buffer.of(0, name.length),
      Buffer.from(name),
      Buffer.of(value.length),
      Buffer.from(value),
    ]),
  );

const REQUEST = literals({
  ":method": "POST",
  ":scheme": "http",
  ":path": PREDICT,
  ":authority": "a",
  ...GRPC,
});

/** Between two calls of one that comes regularly. */
const PAUSE_MS = 500;

test("headers that stop end their connection, and calls keep theirs", async () => {
  const [hostname = "", port] = replica.address.split(":");
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const opening = [Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(SETTINGS, 0)];
  const headers = frame(HEADERS, END_HEADERS, { stream: 1, payload: REQUEST });
  await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      open: (socket) => void socket.write(Buffer.concat([...opening, headers.subarray(0, 20)])),
      data() {},
      close: () => resolve(),
    },
  });
  const session = http2.connect(`http://${replica.address}`);
  let isKept = true;
  session.on("goaway", () => {
    isKept = false;
  });
  let goesOn = true;
  void closed.then(() => {
    goesOn = false;
  });

  while (goesOn) {
    expect(await rawCall({ body: good, session })).toBe("OK");
    await Bun.sleep(PAUSE_MS);
  }

  expect(isKept).toBe(true);
  session.destroy();
}, 60_000);

const FLOODS: Readonly<Record<string, (n: number) => Buffer>> = {
  "a rapid reset": (n) =>
    Buffer.concat([
      frame(HEADERS, END_HEADERS, { stream: 2 * n + 1, payload: REQUEST }),
      frame(RST_STREAM, 0, { stream: 2 * n + 1, payload: Buffer.of(0, 0, 0, 8) }),
    ]),
  "a flood of pings": () => frame(PING, 0, { payload: Buffer.alloc(8) }),
  "a flood of settings": () => frame(SETTINGS, 0),
  "a flood of continuations": (n) =>
    n === 0
      ? frame(HEADERS, 0, { stream: 1, payload: REQUEST })
      : frame(CONTINUATION, 0, { stream: 1, payload: literals({ "x-a": "y".repeat(100) }) }),
  "a flood of empty data": (n) =>
    n === 0
      ? frame(HEADERS, END_HEADERS, { stream: 1, payload: REQUEST })
      : frame(DATA, 0, { stream: 1 }),
};

test.each(Object.keys(FLOODS))(
  "%s ends its own connection, and nobody else notices",
  async (name) => {
    const next = FLOODS[name];
    if (next === undefined) throw new Error(name);
    const [host = "", port] = replica.address.split(":");
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    let pending = Buffer.concat([
      Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
      frame(SETTINGS, 0),
    ]);
    let n = 0;
    await Bun.connect({
      hostname: host,
      port: Number(port),
      socket: {
        open: flood,
        drain: flood,
        data: flood,
        close: () => close(),
        error: () => close(),
      },
    });
    function flood(socket: Bun.Socket): void {
      for (;;) {
        const written = socket.write(pending);
        if (written < pending.byteLength) {
          pending = pending.subarray(Math.max(written, 0));
          return;
        }
        pending = Buffer.concat(Array.from({ length: 100 }, () => next?.(n++) ?? NOTHING));
      }
    }
    const bystander = predict(replica.address, { text: "a" });

    await closed;
    expect(await bystander).toMatchObject({ code: "OK" });
  },
);
