import type { ServerHttp2Stream } from "node:http2";
import { failed, type Outcome, success } from "@flotilla/common/failure";

/** Before a message stand a flag, whether it is compressed, and its length. */
export const PREFIX_BYTES = 5;

interface Limits {
  readonly bytes: number;
  readonly timeoutMs: number;
  /** The call's own, in milliseconds of `Date.now()`. */
  readonly deadline: number;
}

/**
 * The one message of a stream, once its client has said that it was the last. What this returns stops it, and is to be
 * called when the stream has closed.
 */
export function readMessage(
  stream: ServerHttp2Stream,
  limits: Limits,
  onRead: (read: Outcome<Buffer>) => void,
): () => void {
  const parts: Buffer[] = [];
  let received = 0;
  let expected = PREFIX_BYTES;
  let isOver = false;
  const stop = () => {
    isOver = true;
    clearTimeout(timer);
  };
  const end = (read: Outcome<Buffer>) => {
    if (isOver) return;
    stop();
    onRead(read);
  };
  const leftMs = limits.deadline - Date.now();
  const timer = setTimeout(
    () => end(leftMs < limits.timeoutMs ? DEADLINE_EXCEEDED : tooSlow(limits)),
    Math.min(leftMs, limits.timeoutMs),
  );

  // To the last byte, whatever becomes of the call: what nobody reads would fill the connection's window.
  stream.on("data", (part: Buffer) => {
    if (isOver) return;
    parts.push(part);
    const before = received;
    received += part.byteLength;
    if (before < PREFIX_BYTES && received >= PREFIX_BYTES) {
      const length = whole(parts).readUInt32BE(1);
      if (length > limits.bytes) end(tooLarge(length, limits));
      expected += length;
    }
    if (received > expected) end(ANOTHER);
  });
  stream.on("end", () => {
    // It also ends when the client resets it.
    if (stream.closed) return;
    end(received < expected ? NONE : success(whole(parts).subarray(PREFIX_BYTES)));
  });
  return stop;
}

function whole(parts: readonly Buffer[]): Buffer {
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
}

const DEADLINE_EXCEEDED = failed("deadline-exceeded", "the message did not arrive in time");
// gRPC's word for these is UNIMPLEMENTED.
const ANOTHER = failed("unsupported-media-type", "expected one message, got another after it");
const NONE = failed("unsupported-media-type", "expected one message, got none, or a part of one");

function tooSlow({ timeoutMs }: Limits) {
  return failed("body-timeout", `the message did not arrive within ${timeoutMs} ms`);
}

function tooLarge(length: number, { bytes }: Limits) {
  return failed("too-large", `the message has ${length} bytes, and may have ${bytes}`);
}
