import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { InferenceAnswer, Prediction } from "@flotilla/inference/inference-request";
import { splitRows } from "@flotilla/inference/instances";
import { joinFloats } from "@flotilla/inference/join-floats";
import type { Tensor, Tensors } from "@flotilla/inference/tensor";
import { renderTensor } from "@flotilla/inference/tensor-json";
import type { Answered } from "../answer-question.ts";

/**
 * The body of an answer, written by hand: tensors arrive as JSON text already, since 64-bit integers do not survive
 * `JSON.stringify`.
 */
export function renderAnswer(options: {
  readonly serverId: string;
  readonly answered: Answered;
  readonly instances: boolean;
}): Outcome<string> {
  const { serverId, answered, instances } = options;
  const { model, answer, turn } = answered;
  const results = renderResults(answer, instances);
  if (!results.ok) return results;
  const head = `{"server_id":${JSON.stringify(serverId)},"model":${JSON.stringify(model.name)},"version":"${model.version}"`;
  const session =
    turn === undefined ? "" : `"session_id":${JSON.stringify(turn.sessionId)},"turn":${turn.turn},`;
  if (instances) return success(`${head},"predictions":[${results.value.join(",")}]}`);
  const key = answer.output.kind === "tensors" ? "outputs" : "prediction";
  return success(`${head},${session}"${key}":${results.value[0]}}`);
}

function renderResults(
  { output }: InferenceAnswer,
  instances: boolean,
): Outcome<readonly string[]> {
  if (output.kind === "predictions") return all(output.predictions.map(renderPrediction));
  const results = instances ? splitRows(output.tensors) : [output.tensors];
  return all(results.map(renderTensors));
}

function renderTensors(tensors: Tensors): Outcome<string> {
  let fields = "";
  for (const name in tensors) {
    const data = renderTensor(tensors[name] as Tensor);
    if (!data.ok) return failed(data.failure.kind, `outputs.${name}: ${data.failure.detail}`);
    fields += `${fields && ","}${JSON.stringify(name)}:${data.value}`;
  }
  return success(`{${fields}}`);
}

function renderPrediction(prediction: Prediction): Outcome<string> {
  switch (prediction.kind) {
    case "classification": {
      const { label, score, scores } = prediction;
      return Object.values(scores).every(Number.isFinite)
        ? success(JSON.stringify({ label, score, scores }))
        : NOT_FINITE;
    }
    case "embedding": {
      const embedding = joinFloats(prediction.embedding);
      return embedding === undefined ? NOT_FINITE : success(`{"embedding":[${embedding}]}`);
    }
    case "reply":
      return success(JSON.stringify({ text: prediction.text }));
    case "json":
      return success(prediction.json);
  }
}

/** JSON would say `null`, and nobody would know. */
const NOT_FINITE = failed(
  "inference-failed",
  "the prediction is NaN or infinite, which JSON cannot carry",
);

function all<T>(outcomes: readonly Outcome<T>[]): Outcome<readonly T[]> {
  const values: T[] = [];
  for (const outcome of outcomes) {
    if (!outcome.ok) return outcome;
    values.push(outcome.value);
  }
  return success(values);
}
