import type { Datatype } from "./datatype.ts";
import type { TensorData } from "./tensor.ts";

/** How JSON values become elements of one datatype: strictly, nothing is coerced. */
interface ElementRule {
  readonly noun: string;
  readonly expected: string;
  /** Writes the row's values from `offset` on; −1, or the index of the first that does not fit. */
  readonly fill: (row: readonly unknown[], data: TensorData, offset: number) => number;
}

const FLOAT = { noun: "number", expected: "a number in the datatype's range", fill: fillFloats };

export const ELEMENT_RULES: Readonly<Record<Datatype, ElementRule>> = {
  BOOL: { noun: "boolean", expected: "true or false", fill: fillBooleans },
  UINT8: integers(0, 2 ** 8 - 1),
  UINT16: integers(0, 2 ** 16 - 1),
  UINT32: integers(0, 2 ** 32 - 1),
  UINT64: bigIntegers(0n, 2n ** 64n - 1n),
  INT8: integers(-(2 ** 7), 2 ** 7 - 1),
  INT16: integers(-(2 ** 15), 2 ** 15 - 1),
  INT32: integers(-(2 ** 31), 2 ** 31 - 1),
  INT64: bigIntegers(-(2n ** 63n), 2n ** 63n - 1n),
  FP16: FLOAT,
  FP32: FLOAT,
  FP64: FLOAT,
  BYTES: { noun: "string", expected: "a string of valid Unicode", fill: fillStrings },
};

function fillFloats(row: readonly unknown[], data: TensorData, offset: number): number {
  const floats = data as Float32Array;
  for (let at = 0; at < row.length; at++) {
    const value = row[at];
    if (typeof value === "number") floats[offset + at] = value;
    else if (typeof value === "bigint") floats[offset + at] = Number(value);
    else return at;
    // Read back, because a number beyond the array's type has become an infinity.
    if (!Number.isFinite(floats[offset + at])) return at;
  }
  return -1;
}

function fillBooleans(row: readonly unknown[], data: TensorData, offset: number): number {
  for (let at = 0; at < row.length; at++) {
    const value = row[at];
    if (typeof value !== "boolean") return at;
    data[offset + at] = value ? 1 : 0;
  }
  return -1;
}

function fillStrings(row: readonly unknown[], data: TensorData, offset: number): number {
  for (let at = 0; at < row.length; at++) {
    const value = row[at];
    // A lone surrogate has no UTF-8, which is what ONNX Runtime is given.
    if (typeof value !== "string" || !value.isWellFormed()) return at;
    data[offset + at] = value;
  }
  return -1;
}

function integers(minimum: number, maximum: number): ElementRule {
  return {
    noun: "number",
    expected: `a whole number from ${minimum} to ${maximum}`,
    fill: (row, data, offset) => {
      for (let at = 0; at < row.length; at++) {
        const value = row[at];
        if (typeof value !== "number" || !Number.isInteger(value)) return at;
        if (value < minimum || value > maximum) return at;
        data[offset + at] = value;
      }
      return -1;
    },
  };
}

function bigIntegers(minimum: bigint, maximum: bigint): ElementRule {
  return {
    noun: "number",
    expected: `a whole number from ${minimum} to ${maximum}, in digits alone`,
    fill: (row, data, offset) => {
      for (let at = 0; at < row.length; at++) {
        const value = row[at];
        // `parseJson` makes a bigint of every larger integer: a larger number was written as 1e18, and is not exact.
        const whole = Number.isSafeInteger(value) ? BigInt(value as number) : value;
        if (typeof whole !== "bigint" || whole < minimum || whole > maximum) return at;
        data[offset + at] = whole;
      }
      return -1;
    },
  };
}
