import { services } from "@flotilla/proto/services";
import { observeRequest } from "../observe-request.ts";
import type { Replica } from "../replica.ts";
import { readTurnScope } from "../turn-scope.ts";
import { answerCall } from "./answer-call.ts";
import { type PredictMessage, readPredictRequest } from "./read-predict-request.ts";
import { type PredictAnswer, renderPredictResponse } from "./render-predict-response.ts";
import type { UnaryMethod } from "./unary.ts";
import { writePredictResponse } from "./write-predict-response.ts";

const { Predict } = services["flotilla.v1.PredictionService"];

/** With a codec of its own for what most calls are. */
export const predictDefinition = {
  ...Predict,
  requestDeserialize: (bytes: Buffer): PredictMessage =>
    readPredictRequest(bytes) ?? Predict.requestDeserialize(bytes),
  responseSerialize: (answer: PredictAnswer): Buffer =>
    (writePredictResponse(answer) as Buffer | undefined) ??
    Predict.responseSerialize(renderPredictResponse(answer)),
};

/** One request, one answer. */
export function predict(replica: Replica): UnaryMethod<PredictMessage, PredictAnswer> {
  const { engine, settings } = replica;
  return {
    async answer({ request, scope, signal, header }) {
      const found = engine.find(request.model, request.version);
      if (!found.ok) return found;
      const turn = () => readTurnScope(header, settings);
      return await answerCall(replica, found.value, { request, scope, turn, signal });
    },
    onEnd({ request, scope, failure }) {
      const found = engine.find(request.model, request.version);
      const model = found.ok ? found.value.name : "";
      observeRequest(replica, { transport: "grpc", scope, model, failure });
    },
  };
}
