import { type Failure, failed } from "@flotilla/common/failure";
import type { Settings } from "@flotilla/common/settings";
import type { Metadata, ServerUnaryCall } from "@grpc/grpc-js";
import { type RequestScope, readScope } from "../request-scope.ts";

type CallSettings = Pick<Settings, "deadline_ms" | "session_header" | "header_limit_bytes">;

/** The scope of a call: its metadata as HTTP's headers, and `grpc-timeout`, which counts where it is the shorter. */
export function readCall(
  call: Pick<ServerUnaryCall<unknown, unknown>, "metadata" | "getDeadline">,
  settings: CallSettings,
): { readonly scope: RequestScope; readonly failure: Failure | undefined } {
  const header = (name: string) => {
    const values = call.metadata.get(name);
    return values.length === 0 ? null : values.join(", ");
  };
  const timeoutMs = Number(call.getDeadline()) - Date.now();
  const { scope, failure } = readScope(header, settings, timeoutMs);
  return { scope, failure: tooLarge(call.metadata, settings.header_limit_bytes) ?? failure };
}

/** Neither grpc-js nor Bun holds a client to the limit that they announce. */
function tooLarge(metadata: Metadata, limit: number): Failure | undefined {
  let bytes = 0;
  for (const [name, values] of Object.entries(metadata.toJSON())) {
    for (const value of values) bytes += name.length + value.length;
  }
  return bytes > limit
    ? failed("headers-too-large", `a call's metadata may have ${limit} bytes at most`).failure
    : undefined;
}
