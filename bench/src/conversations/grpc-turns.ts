import type { PredictResponse__Output } from "@flotilla/proto/generated/flotilla/v1/PredictResponse";
import { connect, OWN_CONNECTION } from "@flotilla/testkit/grpc-client";
import { Metadata, status } from "@grpc/grpc-js";
import { CLIENT_TIMEOUT_S } from "../load/outcome.ts";
import { SUM, type Turn, type TurnClient, type TurnOutcome } from "./turn-client.ts";

/** Unary calls, each client on a connection of its own. */
export function grpcTurns(address: string): TurnClient {
  const client = connect("flotilla.v1.PredictionService", address, OWN_CONNECTION);
  return {
    take: (turn) =>
      new Promise((settle) => {
        const deadline = Date.now() + CLIENT_TIMEOUT_S * 1000;
        let retried = false;
        const call = client.Predict(
          { model: SUM, tensors: { inputs: [{ key: "x", value: integer(turn.x) }] } },
          metadataOf(turn),
          { deadline },
          (error, answer) =>
            settle(
              error
                ? { kind: "failed", detail: `${status[error.code]}: ${error.details}` }
                : readTurn(answer, retried),
            ),
        );
        call.on("metadata", (initial) => {
          retried = initial.get("x-flotilla-retried").length > 0;
        });
      }),
    close: () => client.close(),
  };
}

function integer(x: number) {
  return { datatype: "INT64", shape: [1, 1], contents: { int64_contents: [x] } };
}

function metadataOf({ session, headers }: Turn): Metadata {
  const metadata = new Metadata();
  metadata.set("x-session-id", session);
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

function readTurn(response: PredictResponse__Output | undefined, retried: boolean): TurnOutcome {
  const [output] = response?.result?.outputs?.inputs ?? [];
  const [sum] = output?.value?.contents?.int64_contents ?? [];
  if (response === undefined || sum === undefined) {
    return { kind: "failed", detail: "OK without an answer" };
  }
  const { session_id: session, turn, server_id: server } = response;
  return { kind: "answered", answer: { session, turn, sum: Number(sum), server }, retried };
}
