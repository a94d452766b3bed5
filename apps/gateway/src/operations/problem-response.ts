import { randomUUID } from "node:crypto";
import type { Failure } from "@flotilla/common/failure";
import { FAILURE_STATUS } from "@flotilla/common/failure-status";

/** A failure as RFC 9457 problem details. */
export function problemResponse(failure: Failure): Response {
  const { http: status, title } = FAILURE_STATUS[failure.kind];
  const requestId = randomUUID();
  const body = {
    type: `urn:flotilla:problem:${failure.kind}`,
    title,
    status,
    detail: failure.detail,
    request_id: requestId,
  };
  const headers: Record<string, string> = {
    "content-type": "application/problem+json",
    "x-request-id": requestId,
  };
  if (failure.allow !== undefined) headers["allow"] = failure.allow.join(", ");
  if (status === 503) headers["retry-after"] = "1";
  return new Response(JSON.stringify(body), { status, headers });
}
