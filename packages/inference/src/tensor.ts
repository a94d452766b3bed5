import { DATATYPES, type Datatype } from "./datatype.ts";

export type TensorData =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float16Array
  | Float32Array
  | Float64Array
  | string[];

/** Row-major elements; `data.length` is the product of `shape` (1 for a scalar, whose shape is empty). */
export interface Tensor {
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export type Tensors = Readonly<Record<string, Tensor>>;

/** An input or output as the ONNX file declares it; −1 is a variable dimension. */
export interface TensorSpec {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  /** The variable dimensions' names, by position: equal names must have equal sizes in one request. */
  readonly symbols: readonly (string | undefined)[];
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

export function allocateData(datatype: Datatype, length: number): TensorData {
  const { array } = DATATYPES[datatype];
  return array === undefined ? new Array<string>(length).fill("") : new array(length);
}
