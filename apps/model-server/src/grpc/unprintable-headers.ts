import type { IncomingHttpHeaders } from "node:http2";

/**
 * grpc-js drops metadata with other than printable ASCII without a word, and a session id would be gone instead of
 * refused. So what it would drop becomes "?", which no id may have.
 */
export function keepUnprintable(headers: IncomingHttpHeaders): void {
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === "string" && !/^[ -~]*$/.test(value)) headers[name] = "?";
  }
}
