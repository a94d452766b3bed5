import { type Outcome, success } from "@flotilla/common/failure";
import { problemResponse } from "@flotilla/common/problem-response";
import type { InferenceAnswer } from "@flotilla/inference/inference-request";
import type { LoadedModel } from "@flotilla/inference/loaded-model";
import { Elysia } from "elysia";
import { observeRequest, serverTiming } from "../observe-request.ts";
import type { Replica } from "../replica.ts";
import { type RequestScope, readScope } from "../request-scope.ts";
import { PREDICT_DETAIL } from "./openapi-details.ts";
import { parsePredictBody } from "./parse-predict-body.ts";
import { pathParameter } from "./path-parameter.ts";
import { readJsonBody } from "./read-json-body.ts";
import { renderAnswer } from "./render-answer.ts";

/** As `engine.find` takes them: empty is the default model, and its highest version. */
interface Target {
  readonly model: string;
  readonly version: string;
}

/** Elysia would coerce, and echo the input in its errors: the body is parsed here, its schema is documentation. */
export function predictRoutes(replica: Replica) {
  const answer = (request: Request, target: Partial<Target>) =>
    predict(replica, request, { model: "", version: "", ...target });
  const options = { parse: "none", detail: PREDICT_DETAIL } as const;
  return new Elysia()
    .post("/predict", ({ request }) => answer(request, {}), options)
    .post(
      "/models/:model/predict",
      ({ request, params }) => answer(request, { model: pathParameter(params.model) }),
      options,
    )
    .post(
      "/models/:model/versions/:version/predict",
      ({ request, params }) =>
        answer(request, {
          model: pathParameter(params.model),
          version: pathParameter(params.version),
        }),
      options,
    );
}

interface Answered {
  readonly body: string;
  readonly answer: InferenceAnswer;
  readonly parseMs: number;
}

async function predict(replica: Replica, request: Request, target: Target): Promise<Response> {
  const { settings, engine } = replica;
  const { scope, failure } = readScope((name) => request.headers.get(name), settings);
  const model = engine.find(target.model, target.version);
  const outcome =
    failure !== undefined
      ? ({ ok: false, failure } as const)
      : model.ok
        ? await infer({ replica, request, scope, model: model.value })
        : model;
  observeRequest(replica, {
    transport: "http",
    scope,
    model: model.ok ? model.value.name : "",
    failure: outcome.ok ? undefined : outcome.failure,
  });
  const headers = { "x-server-id": settings.server_id, "x-request-id": scope.requestId };
  if (!outcome.ok) return problemResponse(outcome.failure, headers);
  const { parseMs, answer, body } = outcome.value;
  return new Response(body, {
    headers: {
      ...headers,
      "content-type": "application/json",
      "server-timing": serverTiming(parseMs, answer),
    },
  });
}

async function infer(options: {
  readonly replica: Replica;
  readonly request: Request;
  readonly scope: RequestScope;
  readonly model: LoadedModel;
}): Promise<Outcome<Answered>> {
  const { replica, request, scope, model } = options;
  const json = await readJsonBody(request, replica.settings);
  if (!json.ok) return json;
  const parsed = parsePredictBody({ body: json.value, model, limits: replica.settings });
  if (!parsed.ok) return parsed;
  const parseMs = performance.now() - scope.startedAt;
  const answer = await replica.engine.infer({
    model: model.name,
    version: model.version,
    input: parsed.value.input,
    deadlineMs: scope.deadlineMs,
    signal: request.signal,
  });
  if (!answer.ok) return answer;
  const { instances } = parsed.value;
  const { server_id: serverId } = replica.settings;
  const body = renderAnswer({ serverId, model, answer: answer.value, instances });
  return body.ok ? success({ body: body.value, answer: answer.value, parseMs }) : body;
}
