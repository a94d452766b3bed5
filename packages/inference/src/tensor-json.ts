import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { Datatype } from "./datatype.ts";
import { ELEMENT_RULES } from "./fill-elements.ts";
import { joinFloats } from "./join-floats.ts";
import {
  allocateData,
  elementCount,
  type Tensor,
  type TensorData,
  type TensorSpec,
} from "./tensor.ts";

/**
 * Nested arrays to a tensor. Fixed dimensions are the spec's, variable ones are read along the first elements; where
 * the value differs from that, the answer says at which index.
 */
export function parseTensor(options: {
  readonly spec: TensorSpec;
  /** From `parseJson`. */
  readonly value: unknown;
  readonly elementsLimit: number;
  /** `none`: the value is one instance, without the batch dimension. */
  readonly leading?: "batch" | "none";
  /** Where the value stands in the request; `inputs.NAME` unless told. */
  readonly at?: string;
}): Outcome<Tensor> {
  const { spec, value, elementsLimit, at = `inputs.${spec.name}` } = options;
  const { datatype } = spec;
  const { shape, fits } = shapeOf(
    value,
    options.leading === "none" ? spec.shape.slice(1) : spec.shape,
  );
  const length = elementCount(shape);
  if (length > elementsLimit) {
    return failed("invalid-input", `${at}: expected at most ${elementsLimit} elements, got more`);
  }
  // What does not even fit along the first elements is refused before anything is written: a few bytes of `[],[],…`
  // must not cost the memory of as many images.
  const data = allocateData(datatype, fits ? length : 0);
  const filler: Filler = { datatype, shape, data, offset: 0 };
  const problem =
    shape.length === 0 ? fillScalar(filler, value) : fillNested(filler, value, shape.length);
  if (problem !== undefined) return failed("invalid-input", `${at}${problem}`);
  return success({ datatype, shape, data });
}

function shapeOf(value: unknown, expected: readonly number[]) {
  let first = value;
  let fits = true;
  const shape = expected.map((size) => {
    // What cannot be known (below an empty array) is 1; what is no array is refused when the data are read.
    const length = Array.isArray(first) ? first.length : 1;
    first = Array.isArray(first) ? first[0] : undefined;
    if (size >= 0 && size !== length) fits = false;
    return size >= 0 ? size : length;
  });
  return { shape, fits };
}

interface Filler extends Tensor {
  /** Elements written so far. */
  offset: number;
}

function fillScalar({ datatype, data }: Filler, value: unknown): string | undefined {
  const { fill, expected } = ELEMENT_RULES[datatype];
  return fill([value], data, 0) < 0 ? undefined : `: expected ${expected}, got ${kindOf(value)}`;
}

/** Recursive by rank, which the model bounds, never by what a client sent; the innermost rows are tight loops. */
function fillNested(filler: Filler, value: unknown, levels: number): string | undefined {
  const { noun, expected, fill } = ELEMENT_RULES[filler.datatype];
  if (!Array.isArray(value)) return `: expected an array, got ${kindOf(value)}`;
  const size = filler.shape[filler.shape.length - levels] ?? 0;
  if (value.length !== size) {
    const what = levels === 1 ? noun : "array";
    return `: expected ${size} ${what}${size === 1 ? "" : "s"}, got ${value.length}`;
  }
  if (levels === 1) {
    const wrong = fill(value, filler.data, filler.offset);
    filler.offset += size;
    return wrong < 0 ? undefined : `[${wrong}]: expected ${expected}, got ${kindOf(value[wrong])}`;
  }
  for (let at = 0; at < size; at++) {
    const problem = fillNested(filler, value[at], levels - 1);
    if (problem !== undefined) return `[${at}]${problem}`;
  }
  return undefined;
}

/** What a value is, and never which: no answer repeats the input. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  if (typeof value === "number") return Number.isInteger(value) ? "another number" : "a fraction";
  return typeof value === "bigint" ? "another number" : `a ${typeof value}`;
}

/** A tensor as nested JSON arrays; 64-bit integers are exact, as digits. */
export function renderTensor({ datatype, shape, data }: Tensor): Outcome<string> {
  if (isFloats(data) && !areFinite(data)) {
    return failed(
      "inference-failed",
      "an output holds NaN or an infinity, which JSON cannot carry: ask over gRPC, which can",
    );
  }
  const row = ROWS[datatype] ?? joined;
  if (shape.length === 0) return success(row(data, 0, 1));
  return success(nest(shape, (start, end) => `[${row(data, start, end)}]`));
}

/** The elements from `start` up to, not including, `end`, with commas between them. */
type RenderRow = (data: TensorData, start: number, end: number) => string;

const ROWS: Partial<Record<Datatype, RenderRow>> = {
  FP32: (data, start, end) => joinFloats((data as Float32Array).subarray(start, end)) ?? "",
  BYTES: (data, start, end) => JSON.stringify(data.slice(start, end)).slice(1, -1),
  BOOL: (data, start, end) =>
    Array.from(data.slice(start, end) as Uint8Array, (value) => value === 1).join(","),
};

/** Numbers print as JSON has them, bigints as digits. */
function joined(data: TensorData, start: number, end: number): string {
  return (start === 0 && end === data.length ? data : data.slice(start, end)).join(",");
}

function isFloats(data: TensorData): data is Float32Array {
  return (
    data instanceof Float32Array || data instanceof Float64Array || data instanceof Float16Array
  );
}

function areFinite(data: Float32Array): boolean {
  for (const value of data) if (!Number.isFinite(value)) return false;
  return true;
}

/** Innermost rows first, then level by level outwards: no recursion. */
function nest(shape: readonly number[], row: (start: number, end: number) => string): string {
  const width = shape.at(-1) ?? 1;
  let parts: string[] = [];
  for (let at = 0; at < elementCount(shape.slice(0, -1)); at++) {
    parts.push(row(at * width, (at + 1) * width));
  }
  for (let level = shape.length - 2; level >= 0; level--) {
    const [inner, size] = [parts, shape[level] ?? 0];
    parts = [];
    for (let at = 0; at < elementCount(shape.slice(0, level)); at++) {
      parts.push(`[${inner.slice(at * size, (at + 1) * size).join(",")}]`);
    }
  }
  return parts[0] ?? "[]";
}
