import http2, {
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
  type ServerStreamResponseOptions,
} from "node:http2";
import type { Failure, Outcome } from "@flotilla/common/failure";
import { status } from "@grpc/grpc-js";
import { failureToStatus } from "./failure-to-status.ts";
import { PREFIX_BYTES } from "./read-message.ts";

export interface PlainAnswer {
  readonly message: Uint8Array;
  readonly trailers?: Readonly<Record<string, string>> | undefined;
}

type Fields = Readonly<Record<string, string | number>>;

const HEAD: Fields = {
  ":status": 200,
  "content-type": "application/grpc+proto",
  "grpc-accept-encoding": "identity,deflate,gzip",
};

/** Initial metadata, the message, and the trailers with the status. */
export function respond(
  stream: ServerHttp2Stream,
  head: Fields,
  outcome: Outcome<PlainAnswer>,
): void {
  if (stream.destroyed || stream.closed) return;
  stream.respond(neverIndexed({ ...HEAD, ...head }), options({ waitForTrailers: true }));
  stream.on("wantTrailers", () => {
    const trailers = outcome.ok
      ? { "grpc-status": status.OK, ...outcome.value.trailers }
      : statusFields(outcome.failure);
    stream.sendTrailers(neverIndexed(trailers));
  });
  if (outcome.ok) stream.end(framed(outcome.value.message));
  else stream.end();
}

/** An answer of nothing but a status: there was no call yet. */
export function refuse(stream: ServerHttp2Stream, failure: Failure): void {
  if (stream.destroyed || stream.closed) return;
  const fields = neverIndexed({ ...HEAD, ...statusFields(failure) });
  stream.respond(fields, options({ endStream: true }));
}

function statusFields(failure: Failure): OutgoingHttpHeaders {
  const { code, details, metadata } = failureToStatus(failure);
  return { "grpc-status": code, "grpc-message": encodeURI(details), ...metadata?.toHttp2Headers() };
}

// never-indexed-headers.ts says why there is no date and no index.

function options(of: ServerStreamResponseOptions): ServerStreamResponseOptions {
  return Object.assign(of, { sendDate: false });
}

function neverIndexed(fields: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.assign(fields, { [http2.sensitiveHeaders]: Object.keys(fields) });
}

function framed(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + message.byteLength);
  frame.writeUInt8(0);
  frame.writeUInt32BE(message.byteLength, 1);
  frame.set(message, PREFIX_BYTES);
  return frame;
}
