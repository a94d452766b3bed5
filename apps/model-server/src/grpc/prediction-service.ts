import { type Outcome, success } from "@flotilla/common/failure";
import type { PredictionServiceHandlers } from "@flotilla/proto/generated/flotilla/v1/PredictionService";
import type { PredictRequest__Output } from "@flotilla/proto/generated/flotilla/v1/PredictRequest";
import type { PredictResponse } from "@flotilla/proto/generated/flotilla/v1/PredictResponse";
import { describeModels } from "../describe-models.ts";
import { observeRequest, serverTiming } from "../observe-request.ts";
import type { Replica } from "../replica.ts";
import type { RequestScope } from "../request-scope.ts";
import { parsePredictRequest } from "./parse-predict-request.ts";
import { renderPredictResponse } from "./render-predict-response.ts";
import { type UnaryAnswer, unary } from "./unary.ts";

export function predictionService(replica: Replica): PredictionServiceHandlers {
  const { engine } = replica;
  return {
    Predict: unary(replica, {
      answer: (call) => predict(replica, call),
      onEnd({ request, scope, failure }) {
        const found = engine.find(request.model, request.version);
        const model = found.ok ? found.value.name : "";
        observeRequest(replica, { transport: "grpc", scope, model, failure });
      },
    }),
    ListModels: unary(replica, {
      answer: async () => success({ response: { models: describeModels(engine.models) } }),
    }),
    GetModel: unary(replica, {
      answer: async ({ request }) => {
        const found = engine.find(request.model, "");
        if (!found.ok) return found;
        const versions = engine.models.filter(({ name }) => name === found.value.name);
        return success({ response: { model: describeModels(versions)[0] ?? null } });
      },
    }),
  };
}

async function predict(
  { engine, settings }: Replica,
  call: {
    readonly request: PredictRequest__Output;
    readonly scope: RequestScope;
    readonly signal: AbortSignal;
  },
): Promise<Outcome<UnaryAnswer<PredictResponse>>> {
  const { request, scope, signal } = call;
  const found = engine.find(request.model, request.version);
  if (!found.ok) return found;
  const model = found.value;
  const asked = parsePredictRequest(request, { model, limits: settings });
  if (!asked.ok) return asked;
  const parseMs = performance.now() - scope.startedAt;
  const { input } = asked.value;
  const { deadlineMs } = scope;
  const { name, version } = model;
  const answer = await engine.infer({ model: name, version, input, deadlineMs, signal });
  if (!answer.ok) return answer;
  return success({
    response: renderPredictResponse({
      serverId: settings.server_id,
      model,
      answer: answer.value,
      asked: asked.value,
    }),
    serverTiming: serverTiming(parseMs, answer.value),
  });
}
