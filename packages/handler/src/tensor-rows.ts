import type { ArrayOf, Datatype } from "./datatype.ts";
import { allocateData, elementCount, type Tensor } from "./tensor.ts";

/** Tensors of equal shapes, one upon the other: three of [4] become one of [3, 4]. */
export function stack<D extends Datatype, Shape extends readonly number[]>(
  tensors: readonly Tensor<D, Shape>[],
): Tensor<D, readonly [number, ...Shape]> {
  const [first] = tensors;
  if (first === undefined) throw new RangeError("stack: there is nothing to stack");
  const { datatype, shape } = first;
  const width = elementCount(shape);
  const data = allocateData(datatype, tensors.length * width);
  for (const [row, tensor] of tensors.entries()) {
    if (tensor.datatype !== datatype || `${tensor.shape}` !== `${shape}`) {
      throw new RangeError(
        `stack: expected ${shown(first)}, as the first has, got ${shown(tensor)}`,
      );
    }
    put(data, tensor.data, row * width);
  }
  return { datatype, shape: [tensors.length, ...shape] as never, data };
}

/** The rows from `start` up to, not including, `end`; one row without it. A view: what changes in one does in both. */
export function slice<D extends Datatype, First extends number, Rest extends readonly number[]>(
  tensor: Tensor<D, readonly [First, ...Rest]>,
  start: number,
  end = start + 1,
): Tensor<D, readonly [number, ...Rest]> {
  const [rows = 0, ...rest] = tensor.shape as readonly number[];
  if (start < 0 || end > rows || start > end) {
    throw new RangeError(`slice: expected rows between 0 and ${rows}, got ${start} to ${end}`);
  }
  const width = elementCount(rest);
  const data = cut(tensor.data as Float32Array, start * width, end * width);
  const shape = [end - start, ...rest] as unknown as readonly [number, ...Rest];
  return { datatype: tensor.datatype, shape, data: data as ArrayOf<D> };
}

function put(data: unknown, part: unknown, offset: number): void {
  if (!Array.isArray(data)) (data as Float32Array).set(part as Float32Array, offset);
  else for (const [at, text] of (part as readonly string[]).entries()) data[offset + at] = text;
}

function cut(data: Float32Array | string[], from: number, to: number): unknown {
  return Array.isArray(data) ? data.slice(from, to) : data.subarray(from, to);
}

function shown({ datatype, shape }: Tensor): string {
  return `${datatype} [${shape.join(", ")}]`;
}
