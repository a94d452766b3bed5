import { failed, type Outcome, success } from "@flotilla/common/failure";
import { DATATYPES, type Datatype } from "@flotilla/inference/datatype";
import type { TensorData } from "@flotilla/inference/tensor";
import { parseTexts, renderTexts } from "./tensor-contents.ts";

/** Before each element of BYTES stands its length, little-endian. */
const LENGTH_BYTES = 4;

/** Raw is little-endian, and so is every machine that Bun and ONNX Runtime run on: bytes become elements as they are. */
export function parseRaw(datatype: Datatype, raw: Uint8Array): Outcome<TensorData> {
  const { array, bytes } = DATATYPES[datatype];
  if (array === undefined) return parseRawTexts(raw);
  if (raw.byteLength % bytes !== 0) {
    return failed(
      "invalid-input",
      `raw has ${raw.byteLength} bytes, and ${datatype} takes ${bytes}`,
    );
  }
  if (datatype === "BOOL" && raw.some((value) => value > 1)) {
    return failed("invalid-input", "a BOOL in raw is one byte, 0 or 1");
  }
  // A copy, because a message's bytes stand at any offset, and typed arrays want multiples of their size.
  return success(new array(new Uint8Array(raw).buffer));
}

function parseRawTexts(raw: Uint8Array): Outcome<TensorData> {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const elements: Uint8Array[] = [];
  let at = 0;
  while (at < raw.byteLength) {
    const start = at + LENGTH_BYTES;
    const end = start <= raw.byteLength ? start + view.getUint32(at, true) : start;
    if (end > raw.byteLength) {
      return failed("invalid-input", `element ${elements.length} is cut off at the end of raw`);
    }
    elements.push(raw.subarray(start, end));
    at = end;
  }
  return parseTexts(elements);
}

export function renderRaw(data: TensorData): Buffer {
  if (!Array.isArray(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const parts = renderTexts(data).flatMap((text) => {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(text.byteLength);
    return [length, text];
  });
  return Buffer.concat(parts);
}
