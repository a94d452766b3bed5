import { type Failure, failed, type Outcome, success } from "@flotilla/common/failure";
import { problemResponse } from "@flotilla/common/problem-response";
import type { LoadedModel } from "@flotilla/inference/loaded-model";
import { Elysia } from "elysia";
import { type Answered, answerQuestion } from "../answer-question.ts";
import { observeRequest, serverTiming } from "../observe-request.ts";
import type { Replica } from "../replica.ts";
import { type RequestScope, readScope } from "../request-scope.ts";
import { readTurnScope } from "../turn-scope.ts";
import { eventStream } from "./event-stream.ts";
import { PREDICT_DETAIL } from "./openapi-details.ts";
import type { PredictBody } from "./parse-predict-body.ts";
import { pathParameter } from "./path-parameter.ts";
import { readInput } from "./read-input.ts";
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

interface Asked {
  readonly replica: Replica;
  readonly request: Request;
  readonly target: Target;
  readonly scope: RequestScope;
  readonly headers: Readonly<Record<string, string>>;
}

async function predict(replica: Replica, request: Request, target: Target): Promise<Response> {
  const { settings, engine } = replica;
  const { scope, failure } = readScope((name) => request.headers.get(name), settings);
  const headers = { "x-server-id": settings.server_id, "x-request-id": scope.requestId };
  const found = engine.find(target.model, target.version);
  const asked = { replica, request, target, scope, headers };
  if (failure !== undefined) return refuse(asked, found.ok ? found.value : undefined, failure);
  if (!found.ok) return refuse(asked, undefined, found.failure);
  const model = found.value;
  const read = await readInput(request, model, settings);
  if (!read.ok) return refuse(asked, model, read.failure);
  const body = { model, body: read.value };
  if (wantsEvents(request)) return stream(asked, body);
  const parseMs = performance.now() - scope.startedAt;
  return answerOnce(asked, body, parseMs);
}

interface Run {
  readonly model: LoadedModel;
  readonly body: PredictBody;
  readonly onToken?: (text: string) => void;
}

async function answerOnce(asked: Asked, toRun: Run, parseMs: number): Promise<Response> {
  const answered = await run(asked, toRun);
  observe(asked, toRun.model, answered.ok ? undefined : answered.failure);
  if (!answered.ok) return problemResponse(answered.failure, asked.headers);
  const { text, answered: done } = answered.value;
  const headers: Record<string, string> = {
    ...asked.headers,
    "content-type": "application/json",
    "server-timing": serverTiming(parseMs, done),
  };
  const restored = done.turn?.restoredFromTurn;
  if (restored !== undefined) headers["x-session-restored-from-turn"] = String(restored);
  return new Response(text, { headers });
}

/** Until the first token a failure has its status; after it, the stream can only end with an `error` event. */
function stream(asked: Asked, toRun: Run): Promise<Response> {
  return eventStream({
    headers: asked.headers,
    async run(onToken) {
      const answered = await run(asked, { ...toRun, onToken }).catch((err: unknown) => {
        asked.replica.logger.error({ request_id: asked.scope.requestId, err }, "unexpected error");
        return failed("internal", "an unexpected error; the log has it");
      });
      observe(asked, toRun.model, answered.ok ? undefined : answered.failure);
      return answered.ok ? success(answered.value.text) : answered;
    },
  });
}

async function run(
  { replica, request, target, scope }: Asked,
  { model, body, onToken }: Run,
): Promise<Outcome<{ readonly text: string; readonly answered: Answered }>> {
  const { question, sampling, instances } = body;
  const { settings } = replica;
  const answered = await answerQuestion(replica, {
    model,
    versionAsked: target.version !== "",
    question,
    sampling,
    scope,
    turn: () => readTurnScope((name) => request.headers.get(name), settings),
    signal: request.signal,
    onToken,
  });
  if (!answered.ok) return answered;
  const { server_id: serverId } = settings;
  const text = renderAnswer({ serverId, answered: answered.value, instances });
  return text.ok ? success({ text: text.value, answered: answered.value }) : text;
}

function refuse(asked: Asked, model: LoadedModel | undefined, failure: Failure): Response {
  observe(asked, model, failure);
  return problemResponse(failure, asked.headers);
}

function observe(
  { replica, scope }: Asked,
  model: LoadedModel | undefined,
  failure: Failure | undefined,
): void {
  observeRequest(replica, { transport: "http", scope, model: model?.name ?? "", failure });
}

function wantsEvents(request: Request): boolean {
  const accepted = request.headers.get("accept");
  return accepted !== null && /^text\/event-stream\b/i.test(accepted);
}
