import type { PredictionServiceHandlers } from "@flotilla/proto/generated/flotilla/v1/PredictionService";
import { observeRequest } from "../observe-request.ts";
import type { Replica } from "../replica.ts";
import { readTurnScope } from "../turn-scope.ts";
import { answerCall } from "./answer-call.ts";
import { failureToStatus } from "./failure-to-status.ts";
import { metadataOf, openCall } from "./open-call.ts";
import { renderPredictResponse } from "./render-predict-response.ts";
import { unexpected } from "./unary.ts";

/** Tokens while they are made, then the whole answer. */
export function predictStream(replica: Replica): PredictionServiceHandlers["PredictStream"] {
  const { engine, settings } = replica;
  return async (call) => {
    const { request } = call;
    const open = openCall(replica, call);
    const { scope, signal, header } = open;
    const found = engine.find(request.model, request.version);
    open.sendHead();
    const outcome =
      open.failure !== undefined
        ? ({ ok: false, failure: open.failure } as const)
        : found.ok
          ? await answerCall(replica, found.value, {
              request,
              scope,
              turn: () => readTurnScope(header, settings),
              signal,
              onToken: (token) => call.write({ token }),
            }).catch((error) => unexpected(replica, scope, error))
          : found;
    open.answered();
    if (outcome.ok) {
      call.write({ done: renderPredictResponse(outcome.value.response) });
      call.end(metadataOf(outcome.value.trailers));
    } else {
      call.emit("error", failureToStatus(outcome.failure));
    }
    observeRequest(replica, {
      transport: "grpc",
      scope,
      model: found.ok ? found.value.name : "",
      failure: outcome.ok ? undefined : outcome.failure,
    });
  };
}
