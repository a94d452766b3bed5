import { ARRAYS, type ArrayOf, type Datatype } from "./datatype.ts";
import { allocateData, elementCount, type Tensor } from "./tensor.ts";

/** Not another typed array: its elements may not fit. */
type Elements<D extends Datatype> = ArrayOf<D> | readonly ArrayOf<D>[number][];

/**
 * A tensor of these elements, in row-major order; of zeros, or empty strings, without any. The datatype's own array is
 * taken as it is, and not copied.
 */
export function makeTensor<D extends Datatype, const Shape extends readonly number[]>(
  datatype: D,
  shape: Shape,
  elements?: Elements<D>,
): Tensor<D, Shape> {
  const length = elementCount(shape);
  const given = elements as ArrayLike<number> | undefined;
  if (given === undefined) return { datatype, shape, data: allocateData(datatype, length) };
  if (given.length !== length) {
    throw new RangeError(
      `makeTensor: [${shape.join(", ")}] has ${length} elements, got ${given.length}`,
    );
  }
  return { datatype, shape, data: asData(datatype, given) };
}

function asData<D extends Datatype>(datatype: D, elements: ArrayLike<number>): ArrayOf<D> {
  const array = ARRAYS[datatype] as Float32ArrayConstructor | undefined;
  const fits = array === undefined || (elements as unknown) instanceof array;
  return (fits ? elements : array.from(elements)) as unknown as ArrayOf<D>;
}
