import { type Failure, failed, type Outcome } from "@flotilla/common/failure";
import { type handleUnaryCall, Metadata } from "@grpc/grpc-js";
import type { Replica } from "../replica.ts";
import type { RequestScope } from "../request-scope.ts";
import { failureToStatus } from "./failure-to-status.ts";
import { readCall } from "./read-call.ts";

export interface UnaryAnswer<Response> {
  readonly response: Response;
  readonly serverTiming?: string;
}

interface UnaryMethod<Request, Response> {
  readonly answer: (call: {
    readonly request: Request;
    readonly scope: RequestScope;
    readonly signal: AbortSignal;
  }) => Promise<Outcome<UnaryAnswer<Response>>>;
  readonly onEnd?: (ended: {
    readonly request: Request;
    readonly scope: RequestScope;
    readonly failure: Failure | undefined;
  }) => void;
}

/** What every unary method does alike: metadata in and out, the client's departure, failures and bugs to statuses. */
export function unary<Request, Response>(
  { settings, logger }: Pick<Replica, "settings" | "logger">,
  { answer, onEnd }: UnaryMethod<Request, Response>,
): handleUnaryCall<Request, Response> {
  return async (call, callback) => {
    const { request } = call;
    const { scope, failure } = readCall(call, settings);
    const departed = new AbortController();
    let answered = false;
    // Also emitted after an answer, and by grpc-js at the deadline, which the engine keeps itself.
    call.on("cancelled", () => {
      if (!answered && Date.now() < scope.deadlineMs) departed.abort();
    });
    const outcome =
      failure === undefined
        ? await answer({ request, scope, signal: departed.signal }).catch((err: unknown) => {
            logger.error({ request_id: scope.requestId, err }, "unexpected error");
            return failed("internal", "an unexpected error; the log has it");
          })
        : ({ ok: false, failure } as const);
    answered = true;
    const metadata = new Metadata();
    metadata.set("x-server-id", settings.server_id);
    metadata.set("x-request-id", scope.requestId);
    call.sendMetadata(metadata);
    if (outcome.ok) {
      const { response, serverTiming } = outcome.value;
      const trailers = new Metadata();
      if (serverTiming !== undefined) trailers.set("server-timing", serverTiming);
      callback(null, response, trailers);
    } else {
      callback(failureToStatus(outcome.failure));
    }
    onEnd?.({ request, scope, failure: outcome.ok ? undefined : outcome.failure });
  };
}
