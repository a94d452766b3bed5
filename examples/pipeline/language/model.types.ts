// Written by `flotilla types` from the ONNX file; it is overwritten.
import type { Tensor } from "@flotilla/handler";

export interface Model {
  inputs: {
    ngrams: Tensor<"FP32", [number, 4096]>;
  };
  outputs: {
    scores: Tensor<"FP32", [number, 4]>;
  };
}
