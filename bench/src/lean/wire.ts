/** How a protocol looks on a connection that has one request open at a time. */
export interface Wire {
  /** What a client sends first of all. */
  readonly greeting: Uint8Array;
  /** Bytes to write at once, for they are overwritten by the next request: the `nth` on its connection, by turns. */
  encode(turn: number, nth: number): Uint8Array;
  createReader(): AnswerReader;
}

export interface AnswerReader {
  /** What has come since the last answer; `bad` is also an answer that cannot be read. */
  read(bytes: Buffer): "pending" | "good" | "bad";
  /** What the protocol wants sent back for what was read. */
  takeReply(): Uint8Array | undefined;
  /** The server will take no further request on this connection. */
  readonly closing: boolean;
}

export const NOTHING: Buffer = Buffer.alloc(0);
