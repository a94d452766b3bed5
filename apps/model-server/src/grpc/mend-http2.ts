import http2, { type Http2Server, type ServerHttp2Stream } from "node:http2";
import { neverIndexHeaders } from "./never-indexed-headers.ts";
import { keepUnprintable } from "./unprintable-headers.ts";

const mended = Symbol("mended");

/** grpc-js lets nobody at its HTTP/2 server, so this stands in its way: to be called before the first one is made. */
export function mendHttp2(): void {
  if (mended in http2.createServer) return;
  const createServer = http2.createServer as (...args: readonly unknown[]) => Http2Server;
  const mendedCreateServer = (...args: readonly unknown[]): Http2Server => {
    const server = createServer(...args);
    // Before grpc-js's own listener, since it comes first.
    return server.on("stream", (stream, headers) => {
      neverIndexHeaders(stream as ServerHttp2Stream);
      keepUnprintable(headers);
    });
  };
  Object.assign(http2, { createServer: Object.assign(mendedCreateServer, { [mended]: true }) });
}
