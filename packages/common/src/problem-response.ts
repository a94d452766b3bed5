import { type Failure, failed } from "./failure.ts";
import { FAILURE_STATUS } from "./failure-status.ts";

/** A failure as RFC 9457 problem details. The status decides; the body says why, and never repeats the input. */
export function problemResponse(
  failure: Failure,
  headers: Readonly<Record<string, string>>,
): Response {
  const { http: status } = FAILURE_STATUS[failure.kind];
  const more: Record<string, string> = { "content-type": "application/problem+json" };
  if (failure.allow !== undefined) more["allow"] = failure.allow.join(", ");
  // What refuses for now says when to come back, whether or not it can tell how long it takes.
  if (status === 429 || status === 503) more["retry-after"] = String(failure.retryAfterS ?? 1);
  // The rest of a body that was refused unread would be taken for the next request.
  if (status === 408 || status === 413) more["connection"] = "close";
  return new Response(JSON.stringify(problemBody(failure, headers)), {
    status,
    headers: { ...headers, ...more },
  });
}

/** `headers`: those of the answer, whose request id is repeated. */
export function problemBody(failure: Failure, headers: Readonly<Record<string, string>>): object {
  const { http: status, title } = FAILURE_STATUS[failure.kind];
  return {
    type: `urn:flotilla:problem:${failure.kind}`,
    title,
    status,
    detail: failure.detail,
    request_id: headers["x-request-id"],
    problems: failure.problems,
  };
}

/**
 * What there is no route for: an unknown path, or a known one with another verb, which Elysia answers as unknown.
 * `routes` are the app's own, with their paths' parameters as `:name`.
 */
export function noRoute(
  routes: readonly { readonly path: string; readonly method: string }[],
  request: Request,
): Failure {
  const { pathname } = new URL(request.url);
  const allow = routes
    .filter(({ path }) => new RegExp(`^${path.replaceAll(/:[a-z]+/g, "[^/]+")}$`).test(pathname))
    .map(({ method }) => method);
  return allow.length === 0
    ? failed("route-not-found", "there is nothing at this path; GET /openapi.json lists what is")
        .failure
    : failed("method-not-allowed", `this path takes ${allow.join(", ")}`, { allow }).failure;
}
