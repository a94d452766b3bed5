import type { InferenceAnswer, Prediction } from "@flotilla/inference/inference-request";
import { splitRows } from "@flotilla/inference/instances";
import type { PredictResponse } from "@flotilla/proto/generated/flotilla/v1/PredictResponse";
import type { Result } from "@flotilla/proto/generated/flotilla/v1/Result";
import type { Answered } from "../answer-question.ts";
import { renderValue } from "./json-message.ts";
import type { PredictInput } from "./parse-predict-request.ts";
import { renderTensors } from "./tensor-message.ts";

/** All that a PredictResponse says. */
export interface PredictAnswer {
  readonly serverId: string;
  readonly answered: Answered;
  readonly asked: Pick<PredictInput, "instances" | "raw">;
}

export function renderPredictResponse({
  serverId,
  answered,
  asked,
}: PredictAnswer): PredictResponse {
  const { model, answer, turn } = answered;
  const head = {
    server_id: serverId,
    model: model.name,
    version: String(model.version),
    ...(turn && { session_id: turn.sessionId, turn: turn.turn }),
  };
  const results = renderResults(answer, asked);
  return asked.instances ? { ...head, results } : { ...head, result: results[0] ?? null };
}

function renderResults(
  { output }: InferenceAnswer,
  { instances, raw }: Pick<PredictInput, "instances" | "raw">,
): Result[] {
  if (output.kind === "predictions") return output.predictions.map(renderPrediction);
  const results = instances ? splitRows(output.tensors) : [output.tensors];
  return results.map((tensors) => ({ outputs: renderTensors(tensors, { raw }) }));
}

function renderPrediction(prediction: Prediction): Result {
  switch (prediction.kind) {
    case "classification": {
      const { label, score } = prediction;
      const scores = Object.entries(prediction.scores).map(([key, value]) => ({ key, value }));
      return { classification: { label, score, scores } };
    }
    case "embedding":
      return { embedding: { values: Array.from(prediction.embedding) } };
    case "reply":
      return { reply: { text: prediction.text } };
    case "json":
      return { json: renderValue(JSON.parse(prediction.json)) };
  }
}
