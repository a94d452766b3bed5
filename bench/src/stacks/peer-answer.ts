import { services } from "@flotilla/proto/services";
import { connect, OWN_CONNECTION } from "@flotilla/testkit/grpc-client";
import type { GrpcTarget, HttpTarget, Workload } from "./stack.ts";

const ANSWER_MS = 10_000;

/** The JSON that answers the first body; undefined where nobody answers, or not with 200. */
export async function httpAnswer({ address, path, bodies }: HttpTarget): Promise<unknown> {
  try {
    const response = await fetch(`http://${address}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: bodies[0] ?? "",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const text = await response.text();
    return response.status === 200 ? JSON.parse(text) : undefined;
  } catch {
    return undefined; // not yet
  }
}

/** What answers the first message, in the form of the HTTP answers; undefined where nobody does. */
export async function grpcAnswer({ address, messages }: GrpcTarget): Promise<unknown> {
  const { Predict } = services["flotilla.v1.PredictionService"];
  using client = connect("flotilla.v1.PredictionService", address, OWN_CONNECTION);
  const request = Predict.requestDeserialize(Buffer.from(messages[0] ?? []));
  const deadline = Date.now() + ANSWER_MS;
  return await new Promise((settle) => {
    client.Predict(request, { deadline }, (_, answer) => {
      const { classification, embedding, outputs } = answer?.result ?? {};
      const raw = outputs?.inputs[0]?.value?.raw;
      if (raw) settle({ scores: [...new Float32Array(new Uint8Array(raw).buffer)] });
      else settle(embedding ? { embedding: embedding.values } : (classification ?? undefined));
    });
  });
}

const EMBEDDING_SIZE = 384;

/** Whether it can be an answer to the workload at all: right in its kind and size, finite, an embedding of length 1. */
export function isWellFormed(options: {
  readonly workload: Workload;
  readonly answer: unknown;
}): boolean {
  const { scores, embedding, label, score } = (options.answer ?? {}) as {
    readonly scores?: readonly number[];
    readonly embedding?: readonly number[];
    readonly label?: string;
    readonly score?: number;
  };
  switch (options.workload) {
    case "mlp":
      return scores?.length === 2 && scores.every(Number.isFinite);
    case "sentiment":
      return label !== undefined && label !== "" && score !== undefined && score > 0 && score <= 1;
    case "minilm":
    case "minilm-mixed":
      return embedding?.length === EMBEDDING_SIZE && Math.abs(Math.hypot(...embedding) - 1) < 0.001;
  }
}
