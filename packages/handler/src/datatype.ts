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
export type ArrayOf<D extends Datatype> = {
  readonly [Name in D]: (typeof ARRAYS)[Name] extends new (
    length: number,
  ) => infer Elements
    ? Elements
    : string[];
}[D];
