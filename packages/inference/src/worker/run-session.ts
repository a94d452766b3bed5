import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { datatypeFromOnnx } from "../datatype.ts";
import type { Tensor, TensorData, Tensors } from "../tensor.ts";
import { toOnnxTensor } from "../to-onnx-tensor.ts";

/** Throws what ONNX Runtime throws; blocks this thread meanwhile. */
export async function runSession(session: InferenceSession, inputs: Tensors): Promise<Tensors> {
  const feeds: Record<string, OrtTensor> = {};
  for (const [name, tensor] of Object.entries(inputs)) feeds[name] = toOnnxTensor(tensor);
  const fetched = await session.run(feeds);
  return Object.fromEntries(
    Object.entries(fetched).map(([name, tensor]) => [name, fromOnnx(name, tensor)]),
  );
}

function fromOnnx(name: string, tensor: OrtTensor): Tensor {
  const datatype = datatypeFromOnnx(tensor.type);
  if (datatype === undefined) throw new Error(`output ${name} has the type ${tensor.type}`);
  return { datatype, shape: tensor.dims, data: tensor.data as TensorData };
}
