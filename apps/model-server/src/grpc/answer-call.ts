import { type Outcome, success } from "@flotilla/common/failure";
import type { LoadedModel } from "@flotilla/inference/loaded-model";
import { answerQuestion } from "../answer-question.ts";
import { serverTiming } from "../observe-request.ts";
import type { Replica } from "../replica.ts";
import type { RequestScope } from "../request-scope.ts";
import type { TurnScope } from "../turn-scope.ts";
import { parsePredictRequest } from "./parse-predict-request.ts";
import type { PredictMessage } from "./read-predict-request.ts";
import type { PredictAnswer } from "./render-predict-response.ts";

export interface AskedCall {
  readonly request: PredictMessage;
  readonly scope: Pick<RequestScope, "startedAt" | "deadlineMs" | "repeated">;
  readonly turn: () => Outcome<TurnScope>;
  readonly signal: AbortSignal;
  readonly onToken?: (text: string) => void;
}

export interface AnsweredCall {
  readonly response: PredictAnswer;
  readonly trailers: Readonly<Record<string, string>>;
}

/** What Predict, PredictStream and a message of Converse have in common. */
export async function answerCall(
  replica: Replica,
  model: LoadedModel,
  { request, scope, turn, signal, onToken }: AskedCall,
): Promise<Outcome<AnsweredCall>> {
  const { settings } = replica;
  const asked = parsePredictRequest(request, { model, limits: settings });
  if (!asked.ok) return asked;
  const parseMs = performance.now() - scope.startedAt;
  const { question, sampling } = asked.value;
  const answered = await answerQuestion(replica, {
    model,
    versionAsked: request.version !== "",
    question,
    sampling,
    scope,
    turn,
    signal,
    onToken,
  });
  if (!answered.ok) return answered;
  const response = {
    serverId: settings.server_id,
    answered: answered.value,
    asked: asked.value,
  };
  const restored = answered.value.turn?.restoredFromTurn;
  return success({
    response,
    trailers: {
      "server-timing": serverTiming(parseMs, answered.value),
      ...(restored !== undefined && { "x-session-restored-from-turn": String(restored) }),
    },
  });
}
