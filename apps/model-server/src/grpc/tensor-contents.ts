import { failed, type Outcome, success } from "@flotilla/common/failure";
import { DATATYPES, type Datatype } from "@flotilla/inference/datatype";
import { allocateData, type TensorData } from "@flotilla/inference/tensor";
import type {
  TensorContents,
  TensorContents__Output,
} from "@flotilla/proto/generated/flotilla/v1/TensorContents";

/** Where the Open Inference Protocol puts the elements of a datatype. */
const CONTENTS_FIELD = {
  BOOL: "bool_contents",
  UINT8: "uint_contents",
  UINT16: "uint_contents",
  UINT32: "uint_contents",
  UINT64: "uint64_contents",
  INT8: "int_contents",
  INT16: "int_contents",
  INT32: "int_contents",
  INT64: "int64_contents",
  FP16: undefined,
  FP32: "fp32_contents",
  FP64: "fp64_contents",
  BYTES: "bytes_contents",
} as const satisfies Readonly<Record<Datatype, keyof TensorContents | undefined>>;

/** The fields that were sent; protobufjs gives all, most of them empty. */
export type ContentsMessage = Partial<
  Omit<TensorContents__Output, "fp32_contents"> & {
    readonly fp32_contents: readonly (number | string)[] | Float32Array;
  }
>;

export function parseContents(datatype: Datatype, contents: ContentsMessage): Outcome<TensorData> {
  const field = CONTENTS_FIELD[datatype];
  const stray = Object.entries(contents).some(([name, { length }]) => name !== field && length > 0);
  if (field === undefined) return failed("invalid-input", `${datatype} is only carried by raw`);
  if (stray) return failed("invalid-input", `${datatype} belongs in contents.${field}`);
  return field === "bytes_contents"
    ? parseTexts(contents.bytes_contents ?? [])
    : parseNumbers(datatype, contents[field] ?? []);
}

/** ONNX Runtime's strings are text, so other bytes could not come back as they were. */
export function parseTexts(elements: readonly Uint8Array[]): Outcome<string[]> {
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const texts: string[] = [];
  for (const [at, element] of elements.entries()) {
    try {
      texts.push(utf8.decode(element));
    } catch {
      return failed("invalid-input", `element ${at} is no valid UTF-8`);
    }
  }
  return success(texts);
}

function parseNumbers(
  datatype: Datatype,
  values: readonly (number | boolean | string)[] | Float32Array,
): Outcome<TensorData> {
  if (values instanceof Float32Array) return success(values);
  const data = allocateData(datatype, values.length);
  const isWide = data instanceof BigInt64Array || data instanceof BigUint64Array;
  const isNarrow = DATATYPES[datatype].bytes < 4 && datatype !== "BOOL";
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    data[at] = isWide ? BigInt(value as string) : Number(value);
    // Read back, because a number beyond the array's type was wrapped.
    if (isNarrow && data[at] !== value) {
      return failed("invalid-input", `element ${at} is out of the range of ${datatype}`);
    }
  }
  return success(data);
}

/** Undefined for the datatype that the protocol has no field for: FP16. */
export function renderContents(datatype: Datatype, data: TensorData): TensorContents | undefined {
  const field = CONTENTS_FIELD[datatype];
  if (field === undefined) return undefined;
  return { [field]: field === "bytes_contents" ? renderTexts(data as string[]) : toList(data) };
}

export function renderTexts(texts: readonly string[]): readonly Buffer[] {
  return texts.map((text) => Buffer.from(text));
}

/** protobufjs takes lists only; 64-bit integers as digits, which keep every bit. */
function toList(data: TensorData): readonly unknown[] {
  const isWide = data instanceof BigInt64Array || data instanceof BigUint64Array;
  return isWide ? Array.from(data, String) : Array.from(data as Float32Array);
}
