import { readFileSync } from "node:fs";
import { Root, type Service, type Type } from "protobufjs";
import type { PredictionServiceDefinition } from "../generated/types/flotilla/v1/PredictionService.ts";
import type { HealthDefinition } from "../generated/types/grpc/health/v1/Health.ts";
import type { ServerReflectionDefinition } from "../generated/types/grpc/reflection/v1/ServerReflection.ts";
import type { ServerReflectionDefinition as ServerReflectionV1AlphaDefinition } from "../generated/types/grpc/reflection/v1alpha/ServerReflection.ts";

/** Every service by its full name: for `server.addService`, and for a client made by `makeClientConstructor`. */
export interface Services {
  readonly "flotilla.v1.PredictionService": PredictionServiceDefinition;
  readonly "grpc.health.v1.Health": HealthDefinition;
  readonly "grpc.reflection.v1.ServerReflection": ServerReflectionDefinition;
  readonly "grpc.reflection.v1alpha.ServerReflection": ServerReflectionV1AlphaDefinition;
}

const NAMES = [
  "flotilla.v1.PredictionService",
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
] as const satisfies readonly (keyof Services)[];

/** The generated types follow these options, which generate.ts has, too; a map is the list of its entries. */
const OBJECTS = {
  // 64-bit integers as digits, which keep every bit.
  longs: String,
  enums: String,
  defaults: true,
  oneofs: true,
};

/** Not by @grpc/proto-loader from the descriptor set: that took a fifth of a replica's start. */
const root = Root.fromJSON(
  JSON.parse(readFileSync(new URL("../generated/definitions.json", import.meta.url), "utf8")),
).resolveAll();

export const services = Object.fromEntries(
  NAMES.map((name) => [name, define(root.lookupService(name))]),
) as unknown as Services;

function define({ fullName, methodsArray }: Service) {
  const path = `/${fullName.slice(1)}`;
  return Object.fromEntries(
    methodsArray.map(({ name, requestStream, responseStream, ...method }) => {
      const request = codec(method.resolvedRequestType);
      const response = codec(method.resolvedResponseType);
      const definition = {
        path: `${path}/${name}`,
        requestStream: requestStream === true,
        responseStream: responseStream === true,
        requestSerialize: request.serialize,
        requestDeserialize: request.deserialize,
        responseSerialize: response.serialize,
        responseDeserialize: response.deserialize,
      };
      return [name, definition];
    }),
  );
}

function codec(type: Type | null) {
  if (type === null) throw new Error("protobufjs has not resolved a method's type");
  return {
    serialize: (message: object) => type.encode(type.fromObject(message)).finish(),
    deserialize: (bytes: Uint8Array) => type.toObject(type.decode(bytes), OBJECTS),
  };
}
