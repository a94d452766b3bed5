/**
 * Element types by their names in the Open Inference Protocol, and the array that holds each. BYTES is a JavaScript
 * string an element, as onnxruntime-node has it; BF16 is left out, because onnxruntime-node cannot carry it.
 */
export const ARRAYS = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Float16Array,
  FP32: Float32Array,
  FP64: Float64Array,
  BYTES: undefined,
} as const;

export type Datatype = keyof typeof ARRAYS;

/** What holds a tensor's elements: a typed array, or of BYTES an array of strings. */
export type ArrayOf<D extends Datatype> = Elements[D];

interface Elements {
  readonly BOOL: Uint8Array;
  readonly UINT8: Uint8Array;
  readonly UINT16: Uint16Array;
  readonly UINT32: Uint32Array;
  readonly UINT64: BigUint64Array;
  readonly INT8: Int8Array;
  readonly INT16: Int16Array;
  readonly INT32: Int32Array;
  readonly INT64: BigInt64Array;
  readonly FP16: Float16Array;
  readonly FP32: Float32Array;
  readonly FP64: Float64Array;
  readonly BYTES: string[];
}
