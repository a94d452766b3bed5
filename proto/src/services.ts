import { loadFileDescriptorSetFromBuffer } from "@grpc/proto-loader";
import type { PredictionServiceDefinition } from "../generated/types/flotilla/v1/PredictionService.ts";
import type { HealthDefinition } from "../generated/types/grpc/health/v1/Health.ts";
import type { ServerReflectionDefinition } from "../generated/types/grpc/reflection/v1/ServerReflection.ts";
import type { ServerReflectionDefinition as ServerReflectionV1AlphaDefinition } from "../generated/types/grpc/reflection/v1alpha/ServerReflection.ts";
import { descriptorSet } from "./descriptor-set.ts";

/** Every service by its full name: for `server.addService`, and for a client made by `makeClientConstructor`. */
export interface Services {
  readonly "flotilla.v1.PredictionService": PredictionServiceDefinition;
  readonly "grpc.health.v1.Health": HealthDefinition;
  readonly "grpc.reflection.v1.ServerReflection": ServerReflectionDefinition;
  readonly "grpc.reflection.v1alpha.ServerReflection": ServerReflectionV1AlphaDefinition;
}

/** The generated types follow these options, which generate.ts has, too; a map is the list of its entries. */
const loaded = loadFileDescriptorSetFromBuffer(descriptorSet, {
  keepCase: true,
  // 64-bit integers as digits, which keep every bit.
  longs: String,
  enums: String,
  defaults: true,
  oneofs: true,
});

export const services = Object.fromEntries(
  // The rest is messages and enums.
  Object.entries(loaded).filter(([, definition]) => !("format" in definition)),
) as unknown as Services;
