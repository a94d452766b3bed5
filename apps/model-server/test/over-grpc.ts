import { FAILURE_STATUS } from "@flotilla/common/failure-status";
import type { Datatype } from "@flotilla/inference/datatype";
import type { PredictRequest } from "@flotilla/proto/generated/flotilla/v1/PredictRequest";
import type { PredictResponse__Output } from "@flotilla/proto/generated/flotilla/v1/PredictResponse";
import type { Result__Output } from "@flotilla/proto/generated/flotilla/v1/Result";
import type { Tensor__Output } from "@flotilla/proto/generated/flotilla/v1/Tensor";
import { services } from "@flotilla/proto/services";
import {
  type CallOptions,
  credentials,
  Metadata,
  makeClientConstructor,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
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
    const Service = makeClientConstructor(services["flotilla.v1.PredictionService"], "Prediction");
    const client = new Service(grpcAddress, credentials.createInsecure());
    return {
      predict: (call) => unary(client, call),
      listModels: () =>
        new Promise((resolve, reject) => {
          client["ListModels"]?.(
            {},
            (error: ServiceError | null, answer: { models: Described[] }) =>
              error ? reject(error) : resolve(answer.models.map(plainModel)),
          );
        }),
      [Symbol.dispose]: () => client.close(),
    };
  },
};

type GrpcClient = InstanceType<ReturnType<typeof makeClientConstructor>>;

function unary(client: GrpcClient, call: Call): Promise<Answer> {
  const metadata = new Metadata();
  const { "x-timeout-ms": timeout, ...headers } = call.headers ?? {};
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  // A bad time-out cannot be written as a deadline; a good one is how gRPC clients say it.
  const options: CallOptions =
    Number.isInteger(Number(timeout)) && Number(timeout) > 0
      ? { deadline: Date.now() + Number(timeout) }
      : {};
  if (timeout !== undefined && options.deadline === undefined)
    metadata.set("x-timeout-ms", timeout);
  return new Promise((resolve) => {
    const received: Record<string, string> = {};
    const keep = (from: Metadata) => {
      for (const [name, value] of Object.entries(from.getMap())) received[name] = String(value);
    };
    const sent = client["Predict"]?.(
      messageOf(call),
      metadata,
      options,
      (error: ServiceError | null, answer?: PredictResponse__Output) => {
        if (error) resolve(failedCall(error));
        else if (answer) queueMicrotask(() => resolve(plainAnswer(answer, received)));
      },
    );
    sent?.on("metadata", keep);
    sent?.on("status", (end: { metadata: Metadata }) => keep(end.metadata));
    call.signal?.addEventListener("abort", () => sent?.cancel());
  });
}

function failedCall({ code, details, metadata }: ServiceError): Answer {
  const [retryAfter] = metadata.get("retry-after");
  return {
    ok: false,
    status: status[code],
    detail: details,
    ...(retryAfter !== undefined && { retryAfter: String(retryAfter) }),
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

interface Described {
  readonly name: string;
  readonly versions: readonly string[];
  readonly task: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly datatype: string;
    readonly shape: readonly string[];
  }[];
}

function plainModel({ name, versions, task, inputs }: Described): PlainModel {
  return {
    name,
    versions,
    task,
    inputs: inputs.map(({ shape, ...input }) => ({ ...input, shape: shape.map(Number) })),
  };
}
