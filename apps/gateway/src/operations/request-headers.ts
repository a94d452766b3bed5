import { requestId } from "@flotilla/common/request-id";

/** On every answer of the operations port. */
export function requestHeaders(request: Request) {
  return { "x-request-id": requestId(request.headers.get("x-request-id")) };
}
