import { type Failure, failed } from "@flotilla/common/failure";
import type { Settings } from "@flotilla/common/settings";
import { type RequestScope, readScope } from "../request-scope.ts";

type CallSettings = Pick<Settings, "deadline_ms" | "session_header" | "header_limit_bytes">;

/** The scope of a call: its metadata as HTTP's headers, and `grpc-timeout`, which counts where it is the shorter. */
export function readCall(
  call: {
    readonly header: (name: string) => string | null;
    readonly headers: Readonly<Record<string, unknown>>;
    readonly deadline: number;
  },
  settings: CallSettings,
): { readonly scope: RequestScope; readonly failure: Failure | undefined } {
  const { scope, failure } = readScope(call.header, settings, call.deadline - Date.now());
  return { scope, failure: tooLarge(call.headers, settings.header_limit_bytes) ?? failure };
}

/** Neither grpc-js nor Bun holds a client to the limit that they announce. */
function tooLarge(headers: Readonly<Record<string, unknown>>, limit: number): Failure | undefined {
  let bytes = 0;
  for (const name in headers) {
    if (name.startsWith(":")) continue;
    const values = headers[name];
    if (typeof values === "string") bytes += name.length + values.length;
    else if (Array.isArray(values)) {
      for (const value of values) bytes += name.length + value.length;
    }
  }
  return bytes > limit
    ? failed("headers-too-large", `a call's metadata may have ${limit} bytes at most`).failure
    : undefined;
}
