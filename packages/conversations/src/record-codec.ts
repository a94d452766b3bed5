import { DATATYPES, type Datatype } from "@flotilla/inference/datatype";
import type { Tensor, TensorData, Tensors } from "@flotilla/inference/tensor";
import { decodeState, encodeState, type StateTensor } from "./state-codec.ts";

/** No tensor is called so: ONNX names are not empty. */
const META = "";

/** Some fields, as JSON, and tensors, as they lie in memory: one checksummed byte string. */
export function encodeRecord(meta: object, tensors: Tensors): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(meta));
  return encodeState([
    { name: META, datatype: "JSON", shape: [], bytes: json },
    ...Object.entries(tensors).map(([name, { datatype, shape, data }]) => ({
      name,
      datatype,
      shape,
      bytes: bytesOf(data),
    })),
  ]);
}

/** Undefined: damaged, or of a format that this program does not know. */
export function decodeRecord<Meta>(
  encoded: Uint8Array,
): { readonly meta: Meta; readonly tensors: Tensors } | undefined {
  const decoded = decodeState(encoded);
  if (!decoded.ok) return undefined;
  const [meta, ...tensors] = decoded.tensors;
  if (meta === undefined || meta.name !== META) return undefined;
  return {
    meta: JSON.parse(new TextDecoder().decode(meta.bytes)) as Meta,
    tensors: Object.fromEntries(tensors.map((one) => [one.name, tensorOf(one)])),
  };
}

function bytesOf(data: TensorData): Uint8Array {
  return Array.isArray(data)
    ? new TextEncoder().encode(JSON.stringify(data))
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function tensorOf({ datatype, shape, bytes }: StateTensor): Tensor {
  const { array: Elements } = DATATYPES[datatype as Datatype];
  const data =
    Elements === undefined
      ? (JSON.parse(new TextDecoder().decode(bytes)) as string[])
      : new Elements(
          bytes.buffer as ArrayBuffer,
          bytes.byteOffset,
          bytes.byteLength / Elements.BYTES_PER_ELEMENT,
        );
  return { datatype: datatype as Datatype, shape, data };
}
