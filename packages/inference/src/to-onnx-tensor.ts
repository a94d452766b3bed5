import { Tensor as OnnxTensor } from "onnxruntime-node";
import { DATATYPES } from "./datatype.ts";
import type { Tensor } from "./tensor.ts";

export function toOnnxTensor({ datatype, shape, data }: Tensor): OnnxTensor {
  // The constructor's overloads tie each type's name to its array, as DATATYPES does.
  const tensor = new OnnxTensor(DATATYPES[datatype].onnx as "float32", data as Float32Array, shape);
  if (data instanceof Float16Array) {
    // onnxruntime-node 1.30 finds 0 bytes in a Float16Array (microsoft/onnxruntime#32323), and its constructor makes
    // one even of a Uint16Array. The same bytes behind `data` itself are read well; a test tells when this can go.
    const { buffer, byteOffset, length } = data;
    Object.defineProperty(tensor, "data", { value: new Uint16Array(buffer, byteOffset, length) });
  }
  return tensor;
}
