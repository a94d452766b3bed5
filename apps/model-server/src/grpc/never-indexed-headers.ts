import http2, {
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
  type ServerStreamResponseOptions,
} from "node:http2";

/**
 * NGINX's `grpc_pass` announces SETTINGS_HEADER_TABLE_SIZE=0, and Bun's `node:http2` indexes headers all the same
 * (oven-sh/bun#19152), so NGINX gives up at the second call of a connection: "upstream sent invalid http2 table
 * index". Headers named in `http2.sensitiveHeaders` are sent as literals that are never indexed, which is right for any
 * peer. Announcing a table of 0 ourselves would mend it for NGINX alone: h2load then fails.
 *
 * test/grpc-nginx.test.ts says when this can go.
 */
export function neverIndexHeaders(stream: ServerHttp2Stream): void {
  const { respond, sendTrailers } = stream;
  stream.respond = (headers = {}, options: ServerStreamResponseOptions = {}) =>
    // Bun adds `date` itself, which would be indexed.
    respond.call(stream, markAll(headers), { ...options, sendDate: false });
  stream.sendTrailers = (trailers) => sendTrailers.call(stream, markAll(trailers));
}

/** In place: grpc-js makes these objects anew for each call, and copies showed in a profile. */
function markAll<Headers extends OutgoingHttpHeaders | readonly string[]>(
  headers: Headers,
): Headers {
  return Object.assign(headers, { [http2.sensitiveHeaders]: Object.keys(headers) });
}
