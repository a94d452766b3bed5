import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { datatypeFromOnnx } from "../datatype.ts";
import type { Tensor, TensorData, Tensors } from "../tensor.ts";
import { toOnnxTensor } from "../to-onnx-tensor.ts";

/** Throws what ONNX Runtime throws; blocks this thread meanwhile. */
export async function runSession(session: InferenceSession, inputs: Tensors): Promise<Tensors> {
  return fromOnnx(await session.run(toOnnx(inputs)));
}

export function toOnnx(inputs: Tensors): Record<string, OrtTensor> {
  const feeds: Record<string, OrtTensor> = {};
  for (const name in inputs) feeds[name] = toOnnxTensor(inputs[name] as Tensor);
  return feeds;
}

export function fromOnnx(fetched: Readonly<Record<string, OrtTensor>>): Tensors {
  const outputs: Record<string, Tensor> = {};
  for (const name in fetched) outputs[name] = tensorOf(name, fetched[name] as OrtTensor);
  return outputs;
}

function tensorOf(name: string, tensor: OrtTensor): Tensor {
  const datatype = datatypeFromOnnx(tensor.type);
  if (datatype === undefined) throw new Error(`output ${name} has the type ${tensor.type}`);
  return { datatype, shape: tensor.dims, data: tensor.data as TensorData };
}
