import type { Failure } from "@flotilla/common/failure";
import { FAILURE_STATUS } from "@flotilla/common/failure-status";
import { Metadata, type StatusObject, status } from "@grpc/grpc-js";

/** The one table's gRPC column; `retry-after`, in seconds, goes into the trailers. */
export function failureToStatus({ kind, detail, retryAfterS }: Failure): StatusObject {
  const { grpc, retry } = FAILURE_STATUS[kind];
  const metadata = new Metadata();
  // As over HTTP: what refuses for now says when to come back, whether or not it can tell how long it takes.
  if (retry !== "never") metadata.set("retry-after", String(retryAfterS ?? 1));
  return { code: status[grpc], details: detail, metadata };
}
