/**
 * The only place where a failure becomes a status: HTTP code and phrase, gRPC code by its name, and whether a client
 * may send the same request again. A failure without a row does not compile.
 */
export const FAILURE_STATUS = {
  "invalid-input": { http: 400, title: "Invalid input", grpc: "INVALID_ARGUMENT", retry: "never" },
  "corrupt-encoding": { http: 400, title: "Corrupt encoding", grpc: "INTERNAL", retry: "never" },
  forbidden: { http: 403, title: "Forbidden", grpc: "PERMISSION_DENIED", retry: "never" },
  "route-not-found": { http: 404, title: "Not found", grpc: "UNIMPLEMENTED", retry: "never" },
  "model-not-found": { http: 404, title: "Model not found", grpc: "NOT_FOUND", retry: "never" },
  "replica-not-found": { http: 404, title: "Replica not found", grpc: "NOT_FOUND", retry: "never" },
  "session-not-found": {
    http: 404,
    title: "Conversation not found",
    grpc: "NOT_FOUND",
    retry: "never",
  },
  "method-not-allowed": {
    http: 405,
    title: "Method not allowed",
    grpc: "UNIMPLEMENTED",
    retry: "never",
  },
  "body-timeout": { http: 408, title: "Body too slow", grpc: "CANCELLED", retry: "elsewhere" },
  conflict: { http: 409, title: "Not possible now", grpc: "FAILED_PRECONDITION", retry: "never" },
  "turn-conflict": { http: 409, title: "Not this turn", grpc: "ABORTED", retry: "never" },
  "too-large": { http: 413, title: "Too large", grpc: "RESOURCE_EXHAUSTED", retry: "never" },
  "unsupported-media-type": {
    http: 415,
    title: "Unsupported media type",
    grpc: "UNIMPLEMENTED",
    retry: "never",
  },
  "refused-configuration": {
    http: 422,
    title: "Refused configuration",
    grpc: "FAILED_PRECONDITION",
    retry: "never",
  },
  "key-reused": {
    http: 422,
    title: "Key used before",
    grpc: "FAILED_PRECONDITION",
    retry: "never",
  },
  "rejected-input": {
    http: 422,
    title: "Rejected input",
    grpc: "INVALID_ARGUMENT",
    retry: "never",
  },
  "headers-too-large": {
    http: 431,
    title: "Headers too large",
    grpc: "RESOURCE_EXHAUSTED",
    retry: "never",
  },
  "queue-full": { http: 429, title: "Overloaded", grpc: "RESOURCE_EXHAUSTED", retry: "later" },
  // 499 is NGINX's own figure for a client that left; it is only ever seen in logs and metrics.
  cancelled: { http: 499, title: "Client went away", grpc: "CANCELLED", retry: "never" },
  "inference-failed": { http: 500, title: "Inference failed", grpc: "INTERNAL", retry: "never" },
  "operation-failed": { http: 500, title: "Operation failed", grpc: "INTERNAL", retry: "never" },
  internal: { http: 500, title: "Internal error", grpc: "INTERNAL", retry: "never" },
  "not-supervised": {
    http: 501,
    title: "Not supervised",
    grpc: "UNIMPLEMENTED",
    retry: "never",
  },
  "not-ready": { http: 503, title: "Not ready", grpc: "UNAVAILABLE", retry: "elsewhere" },
  "store-unavailable": {
    http: 503,
    title: "Session store unavailable",
    grpc: "UNAVAILABLE",
    retry: "later",
  },
  "deadline-exceeded": {
    http: 504,
    title: "Deadline exceeded",
    grpc: "DEADLINE_EXCEEDED",
    retry: "never",
  },
} as const satisfies Readonly<Record<string, FailureStatus>>;

interface FailureStatus {
  readonly http: number;
  readonly title: string;
  readonly grpc:
    | "INVALID_ARGUMENT"
    | "PERMISSION_DENIED"
    | "FAILED_PRECONDITION"
    | "ABORTED"
    | "NOT_FOUND"
    | "UNIMPLEMENTED"
    | "RESOURCE_EXHAUSTED"
    | "CANCELLED"
    | "INTERNAL"
    | "UNAVAILABLE"
    | "DEADLINE_EXCEEDED";
  readonly retry: "never" | "elsewhere" | "later";
}
