import type { FailureKind } from "@flotilla/common/failure";
import { FAILURE_STATUS } from "@flotilla/common/failure-status";
import { block } from "./block.ts";

/**
 * The errors that NGINX makes itself: HTML pages by its own choice. The kinds, and with them titles and gRPC codes, are
 * those of the replicas; the HTTP status stays NGINX's.
 */
const OWN_ERRORS: readonly OwnError[] = [
  { status: 400, kind: "invalid-input", detail: "this is not a well-formed HTTP request" },
  { status: 404, kind: "route-not-found", detail: "there is nothing at this path" },
  { status: 405, kind: "method-not-allowed", detail: "this verb is not served" },
  { status: 413, kind: "too-large", detail: "the body or message is over the limit" },
  { status: 414, kind: "headers-too-large", detail: "the path is over the limit" },
  { status: 431, kind: "headers-too-large", detail: "the headers are over the limit" },
  { status: 500, kind: "internal", detail: "an unexpected error in NGINX; its log has it" },
  { status: 501, kind: "unsupported-media-type", detail: "this transfer encoding is not served" },
  { status: 502, kind: "not-ready", detail: "no replica answered", retryAfterS: 1 },
  { status: 503, kind: "not-ready", detail: "no replica is free", retryAfterS: 1 },
  { status: 504, kind: "deadline-exceeded", detail: "no replica answered in time" },
  { status: 505, kind: "invalid-input", detail: "this version of HTTP is not served" },
];

interface OwnError {
  readonly status: number;
  readonly kind: FailureKind;
  readonly detail: string;
  readonly retryAfterS?: number;
}

const GRPC_CODES = {
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
} as const satisfies Readonly<Record<(typeof FAILURE_STATUS)[FailureKind]["grpc"], number>>;

const PROBLEM = "/.flotilla/problem";
const GRPC_ERROR = "/.flotilla/grpc-error";

/** The variables that the two error locations read; they cost nothing until one is needed. */
export function renderErrorMaps(): readonly string[] {
  const rows = (value: (error: OwnError) => string) =>
    OWN_ERRORS.map((error) => `${error.status} ${value(error)};`);
  return [
    "# NGINX's own errors, in the words of the replicas (problem+json, grpc-status). What a replica answers passes",
    "# untouched, errors too.",
    ...block("map $status $flotilla_problem", rows(problemMembers)),
    ...block("map $status $flotilla_retry_after", [
      'default ""; # an empty header is not sent',
      ...OWN_ERRORS.flatMap(({ status, retryAfterS }) =>
        retryAfterS === undefined ? [] : [`${status} ${retryAfterS};`],
      ),
    ]),
    // The HTTP status of a gRPC error is always 200, so NGINX's own comes in the arguments of the redirect.
    ...block("map $args $flotilla_grpc_status", [
      `default ${GRPC_CODES.INTERNAL};`,
      ...rows(({ kind }) => `${GRPC_CODES[FAILURE_STATUS[kind].grpc]}`),
    ]),
    ...block("map $args $flotilla_grpc_message", [
      'default "an unexpected error in NGINX";',
      ...rows(({ detail }) => `"${detail}"`),
    ]),
    "# The client's own id where it is well formed, as the replicas have it.",
    ...block("map $http_x_request_id $flotilla_request_id", [
      "default $request_id;",
      '"~^[A-Za-z0-9._-]{1,128}$" $http_x_request_id;',
    ]),
  ];
}

function problemMembers({ status, kind, detail }: OwnError): string {
  const { title } = FAILURE_STATUS[kind];
  const type = `urn:flotilla:problem:${kind}`;
  return `'${JSON.stringify({ type, title, status, detail }).slice(1, -1)}'`;
}

// Once a request is in a location that forwards, only its body, a replica or NGINX itself can still go wrong.
const WHILE_FORWARDING = [400, 413, 500, 504];
// 431 is 494 inside NGINX.
const ALWAYS = OWN_ERRORS.map(({ status }) => status).filter((status) => status !== 431);

/** For the server as a whole. */
export function renderProblemPages(): readonly string[] {
  return [`error_page ${ALWAYS.join(" ")} ${PROBLEM};`, `error_page 494 =431 ${PROBLEM};`];
}

/** For one location, where a 502 (no connection, or one that broke) has another hop: NGINX merges no lists. */
export function renderProblemPagesBefore(nextHop: string): readonly string[] {
  return [`error_page ${WHILE_FORWARDING.join(" ")} ${PROBLEM};`, `error_page 502 = ${nextHop};`];
}

export function renderGrpcErrorPages(): readonly string[] {
  return [...ALWAYS.map(grpcErrorPage), `error_page 494 = ${GRPC_ERROR}?431;`];
}

export function renderGrpcErrorPagesBefore(nextHop: string): readonly string[] {
  return [...WHILE_FORWARDING.map(grpcErrorPage), `error_page 502 = ${nextHop};`];
}

function grpcErrorPage(status: number): string {
  return `error_page ${status} = ${GRPC_ERROR}?${status};`;
}

export function renderProblemLocation(): readonly string[] {
  return block(`location = ${PROBLEM}`, [
    "internal;",
    "default_type application/problem+json;",
    "add_header x-request-id $flotilla_request_id always;",
    "add_header retry-after $flotilla_retry_after always;",
    "# The status of the error_page that led here wins over this 200.",
    `return 200 '{$flotilla_problem,"request_id":"$flotilla_request_id"}';`,
  ]);
}

/** A gRPC error without an answer is headers only: `grpc-status` stands where the trailers would. */
export function renderGrpcErrorLocation(): readonly string[] {
  return block(`location = ${GRPC_ERROR}`, [
    "internal;",
    "default_type application/grpc;",
    "add_header x-request-id $flotilla_request_id;",
    "add_header grpc-status $flotilla_grpc_status;",
    "add_header grpc-message $flotilla_grpc_message;",
    "return 200;",
  ]);
}
