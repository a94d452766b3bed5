import { FAILURE_STATUS } from "@flotilla/common/failure-status";
import type { Datatype } from "@flotilla/inference/datatype";
import type { Model__Output } from "@flotilla/proto/generated/flotilla/v1/Model";
import type { PredictRequest } from "@flotilla/proto/generated/flotilla/v1/PredictRequest";
import type { PredictResponse__Output } from "@flotilla/proto/generated/flotilla/v1/PredictResponse";
import type { Result__Output } from "@flotilla/proto/generated/flotilla/v1/Result";
import type { Tensor__Output } from "@flotilla/proto/generated/flotilla/v1/Tensor";
import { connect, predict } from "@flotilla/testkit/grpc-client";
import type {
  Answer,
  Call,
  Client,
  PlainModel,
  PlainResult,
  PlainTensors,
  Transport,
} from "./transport.ts";

export const overGrpc: Transport = {
  name: "gRPC",
  statusOf: (kind) => FAILURE_STATUS[kind].grpc,
  connect({ grpcAddress }): Client {
    return {
      predict: (call) => unary(grpcAddress, call),
      async listModels() {
        using client = connect("flotilla.v1.PredictionService", grpcAddress);
        const { promise, resolve, reject } = Promise.withResolvers<readonly PlainModel[]>();
        client.ListModels({}, (error, answer) =>
          error ? reject(error) : resolve((answer?.models ?? []).map(plainModel)),
        );
        return await promise;
      },
      [Symbol.dispose]() {},
    };
  },
};

async function unary(address: string, call: Call): Promise<Answer> {
  const { "x-timeout-ms": timeout = "", ...others } = call.headers ?? {};
  // A good time-out is said as gRPC clients do; a bad one can only be sent as the header.
  const good = /^[1-9]\d*$/.test(timeout);
  const headers = good || timeout === "" ? others : { ...others, "x-timeout-ms": timeout };
  const ended = await predict(address, messageOf(call), {
    headers,
    ...(good && { deadline: Date.now() + Number(timeout) }),
    ...(call.signal && { signal: call.signal }),
  });
  const received = { ...ended.initial, ...ended.trailers } as Record<string, string>;
  if (ended.response) return plainAnswer(ended.response, received);
  const retryAfter = received["retry-after"];
  return {
    ok: false,
    status: ended.code,
    detail: ended.details,
    ...(retryAfter && { retryAfter }),
  };
}

function messageOf(call: Call): PredictRequest {
  const { model = "", version = "" } = call;
  if ("instances" in call) return { model, version, instances: call.instances.map(inputOf) };
  return {
    model,
    version,
    ...inputOf("text" in call ? { text: call.text } : { inputs: call.inputs }),
  };
}

function inputOf(input: { readonly text: string } | { readonly inputs: PlainTensors }) {
  if ("text" in input) return { text: input.text };
  const entries = Object.entries(input.inputs).map(([key, { datatype, shape, values }]) => ({
    key,
    value: {
      datatype,
      shape: [...shape],
      contents: { [CONTENTS[datatype]]: values.map(plainValue) },
    },
  }));
  return { tensors: { inputs: entries } };
}

const plainValue = (value: number | bigint | boolean | string) =>
  typeof value === "bigint"
    ? String(value)
    : typeof value === "string"
      ? Buffer.from(value)
      : value;

const CONTENTS: Readonly<Record<Datatype, string>> = {
  BOOL: "bool_contents",
  UINT8: "uint_contents",
  UINT16: "uint_contents",
  UINT32: "uint_contents",
  UINT64: "uint64_contents",
  INT8: "int_contents",
  INT16: "int_contents",
  INT32: "int_contents",
  INT64: "int64_contents",
  FP16: "fp32_contents",
  FP32: "fp32_contents",
  FP64: "fp64_contents",
  BYTES: "bytes_contents",
};

function plainAnswer(answer: PredictResponse__Output, headers: Record<string, string>): Answer {
  const { results, result } = answer;
  return {
    ok: true,
    serverId: answer.server_id,
    model: answer.model,
    version: answer.version,
    results: (result ? [result] : results).map(plainResult),
    headers,
  };
}

function plainResult({ classification, embedding, outputs }: Result__Output): PlainResult {
  if (classification) {
    const { label, scores } = classification;
    return { label, scores: Object.fromEntries(scores.map(({ key, value }) => [key, value ?? 0])) };
  }
  if (embedding) return { embedding: embedding.values };
  const tensors = (outputs?.inputs ?? []).map(({ key, value }) => [key, plainTensor(value)]);
  return { outputs: Object.fromEntries(tensors) };
}

function plainTensor(tensor: Tensor__Output | null) {
  const contents = Object.values(tensor?.contents ?? {}).find(
    (values) => Array.isArray(values) && values.length > 0,
  ) as readonly unknown[] | undefined;
  const wide = tensor?.datatype.endsWith("INT64");
  const values = (contents ?? []).map((value) =>
    wide ? BigInt(String(value)) : value instanceof Uint8Array ? String(value) : value,
  );
  return { shape: (tensor?.shape ?? []).map(Number), values: values as number[] };
}

function plainModel({ name, versions, task, description, inputs }: Model__Output): PlainModel {
  return {
    name,
    versions,
    task,
    description,
    inputs: inputs.map(({ shape, ...input }) => ({ ...input, shape: shape.map(Number) })),
  };
}
