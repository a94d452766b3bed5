import type { Failure } from "@flotilla/common/failure";
import { FAILURE_STATUS } from "@flotilla/common/failure-status";
import type { Answered } from "./answer-question.ts";
import type { Replica } from "./replica.ts";
import type { RequestScope } from "./request-scope.ts";

/** Counts an inference request that ended, and logs it: our faults always, the others only for who debugs. */
export function observeRequest(
  { metrics, logger }: Pick<Replica, "metrics" | "logger">,
  ended: {
    readonly transport: "http" | "grpc";
    readonly scope: RequestScope;
    /** The name of a loaded model, else "". */
    readonly model: string;
    readonly failure: Failure | undefined;
  },
): void {
  const { transport, scope, model, failure } = ended;
  const ms = performance.now() - scope.startedAt;
  const outcome = failure?.kind ?? "ok";
  metrics.request({ transport, model, outcome, seconds: ms / 1000 });
  const severe = failure !== undefined && FAILURE_STATUS[failure.kind].http === 500;
  if (!severe && !logger.isLevelEnabled("debug")) return;
  const { detail, report } = failure ?? {};
  const line = { request_id: scope.requestId, model, outcome, detail, report, ms };
  logger[severe ? "error" : "debug"](line, `${transport} request`);
}

/** The header, or the trailer, that says where the time went. */
export function serverTiming(
  parseMs: number,
  { answer: { queueMs, inferMs, handlerMs }, turn }: Answered,
): string {
  let text = `parse;dur=${parseMs.toFixed(2)}, queue;dur=${queueMs.toFixed(2)}, infer;dur=${inferMs.toFixed(2)}`;
  if (handlerMs !== undefined) text += `, handler;dur=${handlerMs.toFixed(2)}`;
  if (turn !== undefined) text += `, store;dur=${turn.storeMs.toFixed(2)}`;
  return text;
}
