// Written by `flotilla types` from the ONNX file; it is overwritten.
import type { Tensor } from "@flotilla/handler";

export interface Model {
  inputs: {
    features: Tensor<"FP32", [number, 9]>;
  };
  outputs: {
    kwh_per_100_km: Tensor<"FP32", [number, 3]>;
  };
}
