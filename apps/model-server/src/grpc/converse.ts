import { type Failure, failed, type Outcome, success } from "@flotilla/common/failure";
import type { ConverseRequest__Output } from "@flotilla/proto/generated/flotilla/v1/ConverseRequest";
import type { PredictionServiceHandlers } from "@flotilla/proto/generated/flotilla/v1/PredictionService";
import { observeRequest } from "../observe-request.ts";
import type { Replica } from "../replica.ts";
import { clientKey, isKey, readTurnScope, requestKey, type TurnScope } from "../turn-scope.ts";
import { type AnsweredCall, answerCall } from "./answer-call.ts";
import { awaitReader } from "./await-reader.ts";
import { failureToStatus } from "./failure-to-status.ts";
import { type OpenCall, openCall } from "./open-call.ts";
import type { OpenStreams } from "./open-streams.ts";
import { readMessages } from "./read-messages.ts";
import { renderPredictResponse } from "./render-predict-response.ts";
import { unexpected } from "./unary.ts";

/** A conversation on one stream: one turn after the other, until the client is done or a turn fails. */
export function converse(
  replica: Replica,
  streams: OpenStreams,
): PredictionServiceHandlers["Converse"] {
  return async (call) => {
    const open = openCall(replica, call);
    open.sendHead();
    const failure = open.failure ?? (await takeTurns(replica, { call, open, streams }));
    if (failure !== undefined) {
      call.emit("error", failureToStatus(failure));
      return;
    }
    open.answered();
    call.end();
  };
}

/** Undefined: the client is done, or has gone. */
async function takeTurns(
  replica: Replica,
  stream: {
    readonly call: Parameters<PredictionServiceHandlers["Converse"]>[0];
    readonly open: OpenCall;
    readonly streams: OpenStreams;
  },
): Promise<Failure | undefined> {
  const { call, open, streams } = stream;
  const messages = readMessages(call);
  const reader = awaitReader(call);
  // A drain lets the turn that is being taken finish.
  let draining = false;
  streams.add(call, () => {
    draining = true;
    messages.stop();
    reader.stop();
  });
  // Of the whole stream: without an id of its own, it is one conversation all the same.
  const headers = readTurnScope(open.header, replica.settings);
  for (let ordinal = 1; ; ordinal++) {
    const message = await messages.next();
    if (draining)
      return failed("not-ready", "this replica shuts down; go on at another one").failure;
    if (message === undefined || open.signal.aborted) return undefined;
    const answered = await takeTurn({ replica, open, headers, message, ordinal }, (token) =>
      call.write({ token }),
    );
    if (!answered.ok) return answered.failure;
    if (!call.write({ done: renderPredictResponse(answered.value.response) })) await reader.reads();
  }
}

async function takeTurn(
  said: {
    readonly replica: Replica;
    readonly open: OpenCall;
    readonly headers: Outcome<TurnScope>;
    readonly message: ConverseRequest__Output;
    readonly ordinal: number;
  },
  onToken: (text: string) => void,
): Promise<Outcome<AnsweredCall>> {
  const { replica, open, message } = said;
  const scope = {
    requestId: open.scope.requestId,
    startedAt: performance.now(),
    // Each turn has the time of a request; the stream may be as long as it likes.
    deadlineMs: Date.now() + replica.settings.deadline_ms,
    repeated: false,
  };
  const found = replica.engine.find(message.model, message.version);
  const answered = found.ok
    ? await answerCall(replica, found.value, {
        request: { ...message, instances: [] },
        scope,
        turn: () => turnScope(said),
        signal: open.signal,
        onToken,
      }).catch((error) => unexpected(replica, scope, error))
    : found;
  observeRequest(replica, {
    transport: "grpc",
    scope,
    model: found.ok ? found.value.name : "",
    failure: answered.ok ? undefined : answered.failure,
  });
  return answered;
}

function turnScope(said: {
  readonly headers: Outcome<TurnScope>;
  readonly message: ConverseRequest__Output;
  readonly ordinal: number;
}): Outcome<TurnScope> {
  const { headers: scope, message, ordinal } = said;
  if (!scope.ok) return scope;
  const { idempotency_key: key, turn } = message;
  if (key !== "" && !isKey(key)) {
    return failed("invalid-input", "idempotency_key must be 1 to 255 visible ASCII characters");
  }
  return success({
    sessionId: scope.value.sessionId,
    key: key === "" ? requestKey(scope.value.key, ordinal) : clientKey(key),
    expectedTurn: turn === 0 ? undefined : turn,
  });
}
