import { success } from "@flotilla/common/failure";
import type { PredictionServiceHandlers } from "@flotilla/proto/generated/flotilla/v1/PredictionService";
import type { handleUnaryCall } from "@grpc/grpc-js";
import { describeModels } from "../describe-models.ts";
import { describeSession } from "../describe-session.ts";
import { findConversation } from "../find-conversation.ts";
import type { Replica } from "../replica.ts";
import { converse } from "./converse.ts";
import type { OpenStreams } from "./open-streams.ts";
import { predict } from "./predict.ts";
import { predictStream } from "./predict-stream.ts";
import type { PredictMessage } from "./read-predict-request.ts";
import type { PredictAnswer } from "./render-predict-response.ts";
import { unary } from "./unary.ts";

export function predictionService(
  replica: Replica,
  streams: OpenStreams,
): Omit<PredictionServiceHandlers, "Predict"> & {
  readonly Predict: handleUnaryCall<PredictMessage, PredictAnswer>;
} {
  const { engine } = replica;
  return {
    Predict: unary(replica, predict(replica)),
    PredictStream: predictStream(replica),
    Converse: converse(replica, streams),
    GetSession: unary(replica, {
      async answer({ request }) {
        const { model, session_id: session } = request;
        const found = findConversation(replica, { model, session });
        if (!found.ok) return found;
        const described = await found.value.conversations.describe(found.value.id);
        if (!described.ok) return described;
        const { created_at, last_used_at, ...rest } = describeSession(described.value);
        return success({
          response: {
            session: {
              ...rest,
              created_at: timestamp(created_at),
              last_used_at: timestamp(last_used_at),
            },
          },
        });
      },
    }),
    EndSession: unary(replica, {
      async answer({ request }) {
        const { model, session_id: session } = request;
        const found = findConversation(replica, { model, session });
        const ended = found.ok ? await found.value.conversations.end(found.value.id) : found;
        return ended.ok ? success({ response: {} }) : ended;
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

function timestamp(text: string) {
  const ms = Date.parse(text);
  return { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 };
}
