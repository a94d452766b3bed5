/** What ONNX Runtime, JavaScript and the Open Inference Protocol each call an element type. */
interface DatatypeFacts {
  readonly onnx: string;
  readonly array: ElementArrayConstructor | undefined;
  /** Bytes an element takes in raw (little-endian) form; BYTES has a length of its own before each. */
  readonly bytes: number;
}

type ElementArrayConstructor =
  | Uint8ArrayConstructor
  | Uint16ArrayConstructor
  | Uint32ArrayConstructor
  | BigUint64ArrayConstructor
  | Int8ArrayConstructor
  | Int16ArrayConstructor
  | Int32ArrayConstructor
  | BigInt64ArrayConstructor
  | Float16ArrayConstructor
  | Float32ArrayConstructor
  | Float64ArrayConstructor;

/**
 * Datatypes by their names in the Open Inference Protocol. BYTES is a JavaScript string an element, as
 * onnxruntime-node has it; BF16 is left out, because onnxruntime-node cannot carry it.
 */
export const DATATYPES = {
  BOOL: { onnx: "bool", array: Uint8Array, bytes: 1 },
  UINT8: { onnx: "uint8", array: Uint8Array, bytes: 1 },
  UINT16: { onnx: "uint16", array: Uint16Array, bytes: 2 },
  UINT32: { onnx: "uint32", array: Uint32Array, bytes: 4 },
  UINT64: { onnx: "uint64", array: BigUint64Array, bytes: 8 },
  INT8: { onnx: "int8", array: Int8Array, bytes: 1 },
  INT16: { onnx: "int16", array: Int16Array, bytes: 2 },
  INT32: { onnx: "int32", array: Int32Array, bytes: 4 },
  INT64: { onnx: "int64", array: BigInt64Array, bytes: 8 },
  FP16: { onnx: "float16", array: Float16Array, bytes: 2 },
  FP32: { onnx: "float32", array: Float32Array, bytes: 4 },
  FP64: { onnx: "float64", array: Float64Array, bytes: 8 },
  BYTES: { onnx: "string", array: undefined, bytes: 0 },
} as const satisfies Readonly<Record<string, DatatypeFacts>>;

export type Datatype = keyof typeof DATATYPES;

const BY_ONNX: ReadonlyMap<string, Datatype> = new Map(
  Object.entries(DATATYPES).map(([name, { onnx }]) => [onnx, name as Datatype]),
);

export function datatypeFromOnnx(onnx: string): Datatype | undefined {
  return BY_ONNX.get(onnx);
}

export function isDatatype(name: string): name is Datatype {
  return Object.hasOwn(DATATYPES, name);
}
