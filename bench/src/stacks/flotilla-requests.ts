import { predictMessages } from "./predict-messages.ts";
import type { GrpcTarget, HttpTarget } from "./stack.ts";
import type { WorkloadInputs } from "./workload-inputs.ts";

/** The inputs as Flotilla's own routes take them, without an address. */
export function flotillaRequests(inputs: WorkloadInputs): {
  readonly http: Omit<HttpTarget, "address">;
  readonly grpc: Omit<GrpcTarget, "address">;
} {
  return {
    http: { path: "/predict", bodies: jsonInputs(inputs).map((body) => JSON.stringify(body)) },
    grpc: {
      method: "flotilla.v1.PredictionService/Predict",
      messages: predictMessages(inputs),
    },
  };
}

function jsonInputs(inputs: WorkloadInputs): readonly object[] {
  if (inputs.kind === "texts") return inputs.texts.map((text) => ({ text }));
  return inputs.features.map((features) => ({ inputs: { features: [features] } }));
}
