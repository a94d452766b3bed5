import type { Failure } from "@flotilla/common/failure";
import { Metadata, type ServerUnaryCall } from "@grpc/grpc-js";
import type { Replica } from "../replica.ts";
import type { RequestScope } from "../request-scope.ts";
import { readCall } from "./read-call.ts";

/** Whatever kind of call: its metadata, and when its client leaves. */
type AnyCall = Pick<
  ServerUnaryCall<unknown, unknown>,
  "metadata" | "getDeadline" | "sendMetadata"
> & { on(event: "cancelled", listener: () => void): unknown };

export interface OpenCall {
  readonly scope: RequestScope;
  readonly failure: Failure | undefined;
  /** Aborted when the client leaves before the answer. */
  readonly signal: AbortSignal;
  /** A metadata field as HTTP has it: several values joined by commas. */
  readonly header: (name: string) => string | null;
  /** What happens to the call from now on is no departure. */
  answered(): void;
  /** Initial metadata: who answers, and under which id. */
  sendHead(): void;
}

export function openCall({ settings }: Pick<Replica, "settings">, call: AnyCall): OpenCall {
  const header = (name: string) => {
    const values = call.metadata.get(name);
    return values.length === 0 ? null : values.join(", ");
  };
  const { scope, failure } = readCall(
    { header, headers: call.metadata.toJSON(), deadline: Number(call.getDeadline()) },
    settings,
  );
  const departed = new AbortController();
  let answered = false;
  // Also emitted after an answer, and by grpc-js at the deadline, which the engine keeps itself.
  call.on("cancelled", () => {
    if (!answered && Date.now() < Number(call.getDeadline())) departed.abort();
  });
  return {
    scope,
    failure,
    signal: departed.signal,
    header,
    answered() {
      answered = true;
    },
    sendHead() {
      const metadata = new Metadata();
      metadata.set("x-server-id", settings.server_id);
      metadata.set("x-request-id", scope.requestId);
      call.sendMetadata(metadata);
    },
  };
}

export function metadataOf(fields: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(fields)) metadata.set(name, value);
  return metadata;
}
