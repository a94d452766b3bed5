import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { ConverseRequest__Output } from "@flotilla/proto/generated/flotilla/v1/ConverseRequest";
import type { PredictionServiceHandlers } from "@flotilla/proto/generated/flotilla/v1/PredictionService";
import { observeRequest } from "../observe-request.ts";
import type { Replica } from "../replica.ts";
import { clientKey, isKey, readTurnScope, requestKey, type TurnScope } from "../turn-scope.ts";
import { type AnsweredCall, answerCall } from "./answer-call.ts";
import { failureToStatus } from "./failure-to-status.ts";
import { type OpenCall, openCall } from "./open-call.ts";
import type { OpenStreams } from "./open-streams.ts";
import { readMessages } from "./read-messages.ts";
import { unexpected } from "./unary.ts";

/** A conversation on one stream: one turn after the other, until the client is done or a turn fails. */
export function converse(
  replica: Replica,
  streams: OpenStreams,
): PredictionServiceHandlers["Converse"] {
  return async (call) => {
    const open = openCall(replica, call);
    open.sendHead();
    const refuse = (failure: Parameters<typeof failureToStatus>[0]) =>
      call.emit("error", failureToStatus(failure));
    if (open.failure !== undefined) {
      refuse(open.failure);
      return;
    }
    // A drain lets the turn that is being taken finish.
    const draining = Promise.withResolvers<void>();
    streams.add(call, draining.resolve);
    const messages = readMessages(call);
    for (let ordinal = 1; ; ordinal++) {
      const next = await Promise.race([
        messages.next(),
        draining.promise.then(() => "drain" as const),
      ]);
      if (next === "drain") {
        refuse(failed("not-ready", "this replica shuts down; go on at another one").failure);
        return;
      }
      if (next === undefined || open.signal.aborted) break;
      const answered = await takeTurn({ replica, open, message: next, ordinal }, (token) =>
        call.write({ token }),
      );
      if (!answered.ok) {
        refuse(answered.failure);
        return;
      }
      call.write({ done: answered.value.response });
    }
    open.answered();
    call.end();
  };
}

async function takeTurn(
  said: {
    readonly replica: Replica;
    readonly open: OpenCall;
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
  readonly replica: Replica;
  readonly open: OpenCall;
  readonly message: ConverseRequest__Output;
  readonly ordinal: number;
}): Outcome<TurnScope> {
  const { open, message, ordinal, replica } = said;
  const scope = readTurnScope(open.header, replica.settings);
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
