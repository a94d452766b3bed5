import { ARRAYS, type Datatype } from "@flotilla/handler";

export type { Datatype };

/** What ONNX Runtime, JavaScript and the Open Inference Protocol each call an element type. */
interface DatatypeFacts {
  readonly onnx: string;
  readonly array: (typeof ARRAYS)[Datatype];
  /** Bytes an element takes in raw (little-endian) form; BYTES has a length of its own before each. */
  readonly bytes: number;
}

export const DATATYPES = {
  BOOL: { onnx: "bool", array: ARRAYS.BOOL, bytes: 1 },
  UINT8: { onnx: "uint8", array: ARRAYS.UINT8, bytes: 1 },
  UINT16: { onnx: "uint16", array: ARRAYS.UINT16, bytes: 2 },
  UINT32: { onnx: "uint32", array: ARRAYS.UINT32, bytes: 4 },
  UINT64: { onnx: "uint64", array: ARRAYS.UINT64, bytes: 8 },
  INT8: { onnx: "int8", array: ARRAYS.INT8, bytes: 1 },
  INT16: { onnx: "int16", array: ARRAYS.INT16, bytes: 2 },
  INT32: { onnx: "int32", array: ARRAYS.INT32, bytes: 4 },
  INT64: { onnx: "int64", array: ARRAYS.INT64, bytes: 8 },
  FP16: { onnx: "float16", array: ARRAYS.FP16, bytes: 2 },
  FP32: { onnx: "float32", array: ARRAYS.FP32, bytes: 4 },
  FP64: { onnx: "float64", array: ARRAYS.FP64, bytes: 8 },
  BYTES: { onnx: "string", array: ARRAYS.BYTES, bytes: 0 },
} as const satisfies Readonly<Record<Datatype, DatatypeFacts>>;

const BY_ONNX: ReadonlyMap<string, Datatype> = new Map(
  Object.entries(DATATYPES).map(([name, { onnx }]) => [onnx, name as Datatype]),
);

export function datatypeFromOnnx(onnx: string): Datatype | undefined {
  return BY_ONNX.get(onnx);
}

export function isDatatype(name: string): name is Datatype {
  return Object.hasOwn(DATATYPES, name);
}
