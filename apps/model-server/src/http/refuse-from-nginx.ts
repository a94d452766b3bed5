import { failed } from "@flotilla/common/failure";
import { problemResponse } from "@flotilla/common/problem-response";
import type { Replica } from "../replica.ts";
import { REQUEST_ID_HEADER } from "../turn-scope.ts";
import { answerHeaders } from "./answer-headers.ts";

/**
 * The answer to a request that came by way of NGINX for what is the operator's alone. NGINX has no way there either,
 * but a replica may see another path in the same bytes: to it, a backslash is a slash.
 */
export function refuseFromNginx(replica: Replica, request: Request): Response | undefined {
  if (!request.headers.has(REQUEST_ID_HEADER)) return undefined;
  const { failure } = failed("route-not-found", "there is nothing at this path");
  return problemResponse(failure, answerHeaders(replica, request));
}
