import { services } from "@flotilla/proto/services";
import type { WorkloadInputs } from "./workload-inputs.ts";

/** The inputs as encoded messages of `flotilla.v1.PredictRequest`; numbers as raw bytes, the fast way. */
export function predictMessages(inputs: WorkloadInputs): readonly Uint8Array[] {
  const requests =
    inputs.kind === "texts" ? inputs.texts.map((text) => ({ text })) : inputs.features.map(tensors);
  return requests.map((request) =>
    services["flotilla.v1.PredictionService"].Predict.requestSerialize(request),
  );
}

function tensors(features: readonly number[]) {
  const raw = Buffer.from(Float32Array.from(features).buffer);
  const value = { datatype: "FP32", shape: [1, features.length], raw };
  return { tensors: { inputs: [{ key: "features", value }] } };
}
