import type { HttpTarget } from "../stacks/stack.ts";
import { type AnswerReader, NOTHING, type Wire } from "./wire.ts";

const HEAD_END = "\r\n\r\n";
const LAST_CHUNK = Buffer.from("0\r\n\r\n");

export function http1Wire({ address, path, bodies }: HttpTarget): Wire {
  const requests = bodies.map((body) =>
    Buffer.from(
      `POST ${path} HTTP/1.1\r\nhost: ${address}\r\ncontent-type: application/json\r\n` +
        `content-length: ${Buffer.byteLength(body)}${HEAD_END}${body}`,
    ),
  );
  return {
    greeting: NOTHING,
    encode: (turn) => requests[turn % requests.length] ?? NOTHING,
    createReader,
  };
}

function createReader(): AnswerReader {
  let received: Buffer = NOTHING;
  let closing = false;
  return {
    get closing() {
      return closing;
    },
    takeReply: () => undefined,
    read(bytes) {
      received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
      const headEnd = received.indexOf(HEAD_END);
      if (headEnd === -1) return "pending";
      const head = received.toString("latin1", 0, headEnd).toLowerCase();
      const whole = isWhole(head, received, headEnd + HEAD_END.length);
      if (whole === "pending") return whole;
      received = NOTHING;
      closing = head.includes("\r\nconnection: close");
      return whole && head.startsWith("http/1.1 200") ? "good" : "bad";
    },
  };
}

function isWhole(head: string, bytes: Buffer, bodyAt: number): boolean | "pending" {
  const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
  if (length !== undefined) {
    const missing = bodyAt + Number(length) - bytes.length;
    return missing > 0 ? "pending" : missing === 0;
  }
  if (!head.includes("\r\ntransfer-encoding: chunked")) return false;
  // Nothing can follow an answer: only one request is open.
  return bytes.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK) || "pending";
}
