import { type Failure, failed, type Outcome } from "@flotilla/common/failure";
import type { handleUnaryCall } from "@grpc/grpc-js";
import type { Replica } from "../replica.ts";
import type { RequestScope } from "../request-scope.ts";
import { answerInTurn } from "./answer-in-turn.ts";
import { failureToStatus } from "./failure-to-status.ts";
import { metadataOf, type OpenCall, openCall } from "./open-call.ts";

interface UnaryAnswer<Response> {
  readonly response: Response;
  readonly trailers?: Readonly<Record<string, string>> | undefined;
}

export interface UnaryMethod<Request, Response> {
  readonly answer: (
    call: Pick<OpenCall, "scope" | "signal" | "header"> & { readonly request: Request },
  ) => Promise<Outcome<UnaryAnswer<Response>>>;
  readonly onEnd?: (ended: {
    readonly request: Request;
    readonly scope: RequestScope;
    readonly failure: Failure | undefined;
  }) => void;
}

/** What every unary method does alike: metadata in and out, the client's departure, failures and bugs to statuses. */
export function unary<Request, Response>(
  replica: Pick<Replica, "settings" | "logger">,
  { answer, onEnd }: UnaryMethod<Request, Response>,
): handleUnaryCall<Request, Response> {
  return async (call, callback) => {
    const { request } = call;
    const open = openCall(replica, call);
    const { scope, failure } = open;
    const outcome =
      failure === undefined
        ? await answer({ request, ...open }).catch((error) => unexpected(replica, scope, error))
        : ({ ok: false, failure } as const);
    open.answered();
    answerInTurn(() => {
      open.sendHead();
      if (outcome.ok) {
        const { response, trailers = {} } = outcome.value;
        callback(null, response, metadataOf(trailers));
      } else {
        callback(failureToStatus(outcome.failure));
      }
    });
    onEnd?.({ request, scope, failure: outcome.ok ? undefined : outcome.failure });
  };
}

export function unexpected(
  { logger }: Pick<Replica, "logger">,
  { requestId }: Pick<RequestScope, "requestId">,
  err: unknown,
) {
  logger.error({ request_id: requestId, err }, "unexpected error");
  return failed("internal", "an unexpected error; the log has it");
}
