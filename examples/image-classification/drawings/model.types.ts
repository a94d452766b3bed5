// Written by `flotilla types` from the ONNX file; it is overwritten.
import type { Tensor } from "@flotilla/handler";

export interface Model {
  inputs: {
    pixels: Tensor<"FP32", [number, 3, 32, 32]>;
  };
  outputs: {
    scores: Tensor<"FP32", [number, 10]>;
  };
}
