import type { PredictResponse__Output } from "@flotilla/proto/generated/flotilla/v1/PredictResponse";
import { connect, OWN_CONNECTION } from "@flotilla/testkit/grpc-client";
import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { CLIENT_TIMEOUT_S, type Connection, type Outcome, type Question } from "./outcome.ts";

/**
 * grpc-js as people use it, with its own retries of calls that a server refused unseen; a connection of its own,
 * since by default all channels to one address share one.
 */
export function connectGrpc(address: string): Connection {
  const client = connect("flotilla.v1.PredictionService", address, OWN_CONNECTION);
  return {
    async ask(question) {
      const metadata = new Metadata();
      for (const [name, value] of Object.entries(question.headers)) metadata.set(name, value);
      const deadline = Date.now() + CLIENT_TIMEOUT_S * 1000;
      return await new Promise((settle) => {
        let retried = false;
        const call = client.Predict(messageOf(question), metadata, { deadline }, (error, answer) =>
          settle(error ? refusal(error) : judge(answer, question, retried)),
        );
        call.on("metadata", (initial) => {
          retried = initial.get("x-flotilla-retried").length > 0;
        });
      });
    },
    close: () => client.close(),
  };
}

/** Little-endian, as this machine is. */
const ELEMENTS = {
  FP32: {
    encode: (values: readonly number[]) => Float32Array.from(values).buffer,
    decode: (raw: ArrayBuffer) => [...new Float32Array(raw)],
  },
  INT64: {
    encode: (values: readonly number[]) => BigInt64Array.from(values, BigInt).buffer,
    decode: (raw: ArrayBuffer) => Array.from(new BigInt64Array(raw), Number),
  },
} as const;

function messageOf({ input, datatype, shape, values }: Question) {
  const raw = Buffer.from(ELEMENTS[datatype].encode(values));
  const value = { datatype, shape: [...shape], raw };
  return { tensors: { inputs: [{ key: input, value }] } };
}

function refusal({ code, details, metadata }: ServiceError): Outcome {
  const retryAfter = metadata.get("retry-after").length > 0;
  if (code === status.RESOURCE_EXHAUSTED && retryAfter) return { kind: "overloaded" };
  return { kind: "refused", detail: `${status[code]}: ${details}` };
}

function judge(
  answer: PredictResponse__Output | undefined,
  question: Question,
  retried: boolean,
): Outcome {
  const outputs = answer?.result?.outputs?.inputs ?? [];
  const raw = outputs.find(({ key }) => key === question.output)?.value?.raw;
  if (!answer?.server_id || !raw) return { kind: "wrong", detail: "OK without an answer" };
  const values = ELEMENTS[question.datatype].decode(new Uint8Array(raw).buffer);
  if (question.isAnswer(values)) return { kind: "good", retried };
  return { kind: "wrong", detail: `another's numbers: ${values.slice(0, 4)}` };
}
