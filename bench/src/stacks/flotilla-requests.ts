import { services } from "@flotilla/proto/services";
import type { GrpcTarget, HttpTarget } from "./stack.ts";
import type { WorkloadInputs } from "./workload-inputs.ts";

/** The inputs as Flotilla's own routes take them, without an address. */
export function flotillaRequests(inputs: WorkloadInputs): {
  readonly http: Omit<HttpTarget, "address">;
  readonly grpc: Omit<GrpcTarget, "address">;
} {
  const { Predict } = services["flotilla.v1.PredictionService"];
  return {
    http: { path: "/predict", bodies: jsonInputs(inputs).map((body) => JSON.stringify(body)) },
    grpc: {
      method: "flotilla.v1.PredictionService/Predict",
      messages: grpcInputs(inputs).map((request) => Predict.requestSerialize(request)),
    },
  };
}

function jsonInputs(inputs: WorkloadInputs): readonly object[] {
  if (inputs.kind === "texts") return inputs.texts.map((text) => ({ text }));
  return inputs.features.map((features) => ({ inputs: { features: [features] } }));
}

function grpcInputs(inputs: WorkloadInputs) {
  if (inputs.kind === "texts") return inputs.texts.map((text) => ({ text }));
  return inputs.features.map((features) => ({
    tensors: {
      inputs: [
        {
          key: "features",
          value: {
            datatype: "FP32",
            shape: [1, features.length],
            raw: Buffer.from(Float32Array.from(features).buffer),
          },
        },
      ],
    },
  }));
}
