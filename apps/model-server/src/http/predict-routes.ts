import { type Failure, failed, type Outcome } from "@flotilla/common/failure";
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
  const body = read.value;
  if (wantsEvents(request)) return stream(asked, { model, body });
  const parseMs = performance.now() - scope.startedAt;
  const answered = await ask(asked, { model, body });
  const text = answered.ok ? render(asked, body, answered.value) : answered;
  observe(asked, model, text.ok ? undefined : text.failure);
  return answered.ok && text.ok
    ? new Response(text.value, { headers: answerHeaders(asked, parseMs, answered.value) })
    : problemResponse((text as Failed).failure, headers);
}

type Failed = Extract<Outcome<never>, { readonly ok: false }>;

interface Question {
  readonly model: LoadedModel;
  readonly body: PredictBody;
  readonly onToken?: (text: string) => void;
}

function ask(
  { replica, request, target, scope }: Asked,
  { model, body, onToken }: Question,
): Promise<Outcome<Answered>> {
  return answerQuestion(replica, {
    model,
    versionAsked: target.version !== "",
    question: body.question,
    sampling: body.sampling,
    scope,
    turn: () => readTurnScope((name) => request.headers.get(name), replica.settings),
    signal: request.signal,
    onToken,
  });
}

function render({ replica }: Asked, { instances }: PredictBody, answered: Answered) {
  return renderAnswer({ serverId: replica.settings.server_id, answered, instances });
}

function answerHeaders({ headers }: Asked, parseMs: number, answered: Answered) {
  const all: Record<string, string> = {
    ...headers,
    "content-type": "application/json",
    "server-timing": serverTiming(parseMs, answered),
  };
  const restored = answered.turn?.restoredFromTurn;
  if (restored !== undefined) all["x-session-restored-from-turn"] = String(restored);
  return all;
}

/** Until the first token a failure has its status; after it, the stream can only end with an `error` event. */
function stream(asked: Asked, { model, body }: Question): Promise<Response> {
  return eventStream({
    headers: asked.headers,
    async run(onToken) {
      const answered = await ask(asked, { model, body, onToken }).catch((err: unknown) => {
        asked.replica.logger.error({ request_id: asked.scope.requestId, err }, "unexpected error");
        return failed("internal", "an unexpected error; the log has it");
      });
      const text = answered.ok ? render(asked, body, answered.value) : answered;
      observe(asked, model, text.ok ? undefined : text.failure);
      return text;
    },
  });
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
