import { ARRAYS, type ArrayOf, type Datatype } from "./datatype.ts";

/**
 * Row-major elements; `data.length` is the product of `shape` (1 for a scalar, whose shape is empty). With its
 * parameters it is one tensor of one model: `Tensor<"FP32", [number, 4]>` has rows of 4 elements, however many.
 */
export interface Tensor<
  D extends Datatype = Datatype,
  Shape extends readonly number[] = readonly number[],
> {
  readonly datatype: D;
  readonly shape: Readonly<Shape>;
  readonly data: ArrayOf<D>;
}

export type TensorData = ArrayOf<Datatype>;

export type Tensors = Readonly<Record<string, Tensor>>;

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

export function allocateData<D extends Datatype>(datatype: D, length: number): ArrayOf<D> {
  const array = ARRAYS[datatype];
  const data = array === undefined ? new Array<string>(length).fill("") : new array(length);
  return data as ArrayOf<D>;
}
