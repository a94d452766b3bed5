import type { PredictionServiceClient } from "@flotilla/proto/generated/flotilla/v1/PredictionService";
import type { PredictRequest } from "@flotilla/proto/generated/flotilla/v1/PredictRequest";
import type { PredictResponse__Output } from "@flotilla/proto/generated/flotilla/v1/PredictResponse";
import type { HealthClient } from "@flotilla/proto/generated/grpc/health/v1/Health";
import type { ServerReflectionClient } from "@flotilla/proto/generated/grpc/reflection/v1/ServerReflection";
import { type Services, services } from "@flotilla/proto/services";
import {
  type CallOptions,
  type ClientOptions,
  credentials,
  Metadata,
  makeClientConstructor,
  status,
} from "@grpc/grpc-js";

type Clients = Record<keyof Services, unknown> & {
  readonly "flotilla.v1.PredictionService": PredictionServiceClient;
  readonly "grpc.health.v1.Health": HealthClient;
  readonly "grpc.reflection.v1.ServerReflection": ServerReflectionClient;
  readonly "grpc.reflection.v1alpha.ServerReflection": ServerReflectionClient;
};

export function connect<Name extends keyof Services>(
  name: Name,
  address: string,
  options: ClientOptions = {},
): Clients[Name] & Disposable {
  const Client = makeClientConstructor(services[name], name);
  const client = new Client(address, credentials.createInsecure(), options);
  return Object.assign(client as unknown as Clients[Name] & object, {
    [Symbol.dispose]: () => client.close(),
  });
}

/** By default all channels of a process to one address share one. */
export const OWN_CONNECTION: ClientOptions = { "grpc.use_local_subchannel_pool": 1 };

export interface Ended {
  readonly code: keyof typeof status;
  readonly details: string;
  readonly response: PredictResponse__Output | undefined;
  readonly initial: Readonly<Record<string, unknown>>;
  readonly trailers: Readonly<Record<string, unknown>>;
}

/** One Predict, to its end, with all that came with it. */
export async function predict(
  address: string,
  request: PredictRequest,
  options: CallOptions & {
    readonly headers?: Readonly<Record<string, string | readonly string[]>>;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Ended> {
  using client = connect("flotilla.v1.PredictionService", address);
  const { headers = {}, signal, ...callOptions } = options;
  const metadata = new Metadata();
  for (const [name, values] of Object.entries(headers)) {
    for (const value of [values].flat()) metadata.add(name, value);
  }
  const { promise, resolve } = Promise.withResolvers<Ended>();
  let initial: Readonly<Record<string, unknown>> = {};
  let response: PredictResponse__Output | undefined;
  const call = client.Predict(request, metadata, callOptions, (_, answer) => {
    response = answer;
  });
  call.on("metadata", (received) => {
    initial = received.getMap();
  });
  call.on("status", ({ code, details, metadata: last }) =>
    // The answer's own callback comes after this event.
    setImmediate(() =>
      resolve({
        code: status[code] as keyof typeof status,
        details,
        response,
        initial,
        trailers: last.getMap(),
      }),
    ),
  );
  signal?.addEventListener("abort", () => call.cancel());
  return await promise;
}
