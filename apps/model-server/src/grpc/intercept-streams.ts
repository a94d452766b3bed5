import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Server } from "@grpc/grpc-js";

/** What of grpc-js's Server this reaches into: without channelz, every stream of a client goes through the first. */
interface Inside {
  _streamHandler: (
    interceptors: unknown,
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
  ) => void;
  onStreamOpened(stream: ServerHttp2Stream): void;
}

/**
 * grpc-js lets nobody at its HTTP/2 streams, so this stands in its way: it gets those that `take` returns false for.
 * To be called before the server is bound.
 */
export function interceptStreams(
  server: Server,
  take: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => boolean,
): void {
  const inside = server as unknown as Inside;
  const { _streamHandler: handle, onStreamOpened } = inside;
  if (handle === undefined || onStreamOpened === undefined) {
    throw new Error("this version of grpc-js has other insides than intercept-streams.ts knows");
  }
  inside._streamHandler = (interceptors, stream, headers) => {
    if (!take(stream, headers)) handle.call(inside, interceptors, stream, headers);
    // Its connection is not idle.
    else onStreamOpened.call(inside, stream);
  };
}
