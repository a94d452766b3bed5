import type { GrpcTarget } from "../stacks/stack.ts";
import { type AnswerReader, NOTHING, type Wire } from "./wire.ts";

/** RFC 9113's frames, of those that matter to one unary call at a time. */
const FRAME = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  window: 8,
} as const;
const END_STREAM = 1;
const END_HEADERS = 4;
const ACK = 1;
const FRAME_HEAD = 9;
const STREAM_AT = 5;
const GRPC_HEAD = 5;
const LARGEST_WINDOW = 2 ** 31 - 1;
const FIRST_WINDOW = 65_535;
const INITIAL_WINDOW_SIZE = 4;

/** Windows so large that they need no updates: what a benchmark is answered is small. */
const GREETING = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  frame(FRAME.settings, 0, Buffer.concat([uint16(INITIAL_WINDOW_SIZE), uint32(LARGEST_WINDOW)])),
  frame(FRAME.window, 0, uint32(LARGEST_WINDOW - FIRST_WINDOW)),
]);
const SETTINGS_ACK = frame(FRAME.settings, ACK, NOTHING);

interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly payload: Buffer;
}

export function grpcWire({ address, method, messages }: GrpcTarget): Wire {
  const headers = frame(FRAME.headers, END_HEADERS, encodeHeaders(address, method));
  const calls = messages.map((message) => {
    const prefix = Buffer.concat([Buffer.of(0), uint32(message.length)]);
    return Buffer.concat([
      headers,
      frame(FRAME.data, END_STREAM, Buffer.concat([prefix, message])),
    ]);
  });
  return {
    greeting: GREETING,
    encode(turn, nth) {
      const call = calls[turn % calls.length] ?? NOTHING;
      const stream = 2 * nth + 1;
      call.writeUInt32BE(stream, STREAM_AT);
      call.writeUInt32BE(stream, headers.length + STREAM_AT);
      return call;
    },
    createReader,
  };
}

function createReader(): AnswerReader {
  let received: Buffer = NOTHING;
  let dataBytes = 0;
  let replies: Buffer = NOTHING;
  let closing = false;

  const readFrame = ({ type, flags, payload }: Frame): "pending" | "good" | "bad" => {
    if (type === FRAME.goAway) closing = true;
    if (type === FRAME.reset) return "bad";
    if (type !== FRAME.data && type !== FRAME.headers) return "pending";
    if (type === FRAME.data) dataBytes += payload.length;
    if ((flags & END_STREAM) === 0) return "pending";
    // A unary call that failed carries no message, so its trailers need not be unpacked.
    const good = type === FRAME.headers && dataBytes >= GRPC_HEAD;
    dataBytes = 0;
    return good ? "good" : "bad";
  };

  return {
    get closing() {
      return closing;
    },
    takeReply() {
      if (replies.length === 0) return undefined;
      const reply = replies;
      replies = NOTHING;
      return reply;
    },
    read(bytes) {
      received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
      let outcome: "pending" | "good" | "bad" = "pending";
      let at = 0;
      while (received.length - at >= FRAME_HEAD) {
        const end = at + FRAME_HEAD + received.readUIntBE(at, 3);
        if (end > received.length) break;
        const read = {
          type: received[at + 3] ?? 0,
          flags: received[at + 4] ?? 0,
          payload: received.subarray(at + FRAME_HEAD, end),
        };
        const reply = replyTo(read);
        if (reply.length > 0) replies = Buffer.concat([replies, reply]);
        const said = readFrame(read);
        if (said !== "pending") outcome = said;
        at = end;
      }
      received = received.subarray(at);
      return outcome;
    },
  };
}

function replyTo({ type, flags, payload }: Frame): Buffer {
  if ((flags & ACK) !== 0) return NOTHING;
  if (type === FRAME.settings) return SETTINGS_ACK;
  return type === FRAME.ping ? frame(FRAME.ping, ACK, payload) : NOTHING;
}

/** HPACK without compression: RFC 7541's static table for the names, nothing indexed. */
function encodeHeaders(address: string, method: string): Buffer {
  const text = (value: string) => {
    if (value.length > 126) throw new Error(`too long for this client: ${value}`);
    return Buffer.concat([Buffer.of(value.length), Buffer.from(value)]);
  };
  return Buffer.concat([
    Buffer.of(0x83, 0x86), // :method POST, :scheme http
    Buffer.of(0x04), // :path
    text(`/${method}`),
    Buffer.of(0x01), // :authority
    text(address),
    Buffer.of(0x0f, 0x10), // content-type
    text("application/grpc"),
    Buffer.of(0x00),
    text("te"),
    text("trailers"),
  ]);
}

function frame(type: number, flags: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(FRAME_HEAD);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  return Buffer.concat([head, payload]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function uint16(value: number): Buffer {
  return uint32(value).subarray(2);
}
