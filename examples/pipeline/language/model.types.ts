// Written by `flotilla types` from model.onnx; it is overwritten.
import type { Tensor } from "@flotilla/handler";

export interface Model {
  inputs: {
    ngrams: Tensor<"FP32", [number, 4096]>;
  };
  outputs: {
    scores: Tensor<"FP32", [number, 4]>;
  };
}
