import { Reader } from "protobufjs";
import type { AskedMessage } from "./parse-predict-request.ts";
import type { TensorMessage, TensorsMessage } from "./tensor-message.ts";

export interface PredictMessage extends AskedMessage {
  readonly model: string;
  readonly version: string;
}

/**
 * What most requests are: one text, or tensors in raw or FP32. protobufjs makes a list of numbers of every field that a
 * tensor could have, which costs a call more than HTTP/2 does. Undefined: something else, or nothing well formed, and
 * protobufjs is to say what.
 */
export function readPredictRequest(bytes: Uint8Array): PredictMessage | undefined {
  try {
    return readRequest(Reader.create(bytes));
  } catch {
    return undefined;
  }
}

// Caught above, as are protobufjs's own.
const OTHER = new Error("something else");

// A field begins with its number and its wire type, all of them here with a length.
const tagOf = (field: number) => (field << 3) | 2;
const [MODEL, VERSION, TEXT, TENSORS] = [tagOf(1), tagOf(2), tagOf(3), tagOf(4)];
const INPUTS = tagOf(1);
const [KEY, VALUE] = [tagOf(1), tagOf(2)];
const [DATATYPE, SHAPE, CONTENTS, RAW] = [tagOf(1), tagOf(2), tagOf(3), tagOf(4)];
const FP32_CONTENTS = tagOf(6);

/** Of 7 bits each, so many fit into 32. */
const WHOLE_BYTES = 4;

function readRequest(reader: Reader): PredictMessage {
  let [model, version] = ["", ""];
  let text: string | undefined;
  let tensors: TensorsMessage | undefined;
  readFields(reader, reader.len, (tag) => {
    if (tag === MODEL) model = reader.string();
    else if (tag === VERSION) version = reader.string();
    else if (tag === TEXT && tensors === undefined) text = reader.string();
    else if (tag === TENSORS && tensors === undefined && text === undefined) {
      tensors = readTensors(reader);
    } else throw OTHER;
  });
  if (text !== undefined) return { model, version, input: "text", text, instances: [] };
  if (tensors === undefined) throw OTHER;
  return { model, version, input: "tensors", tensors, instances: [] };
}

function readTensors(reader: Reader): TensorsMessage {
  const inputs: { readonly key: string; readonly value: TensorMessage | null }[] = [];
  readFields(reader, endOf(reader), (tag) => {
    if (tag !== INPUTS) throw OTHER;
    let key = "";
    let value: TensorMessage | null = null;
    readFields(reader, endOf(reader), (entryTag) => {
      if (entryTag === KEY) key = reader.string();
      else if (entryTag === VALUE && value === null) value = readTensor(reader);
      else throw OTHER;
    });
    inputs.push({ key, value });
  });
  return { inputs };
}

function readTensor(reader: Reader): TensorMessage {
  let datatype = "";
  const shape: number[] = [];
  let raw: Uint8Array | undefined;
  let elements: Float32Array | undefined;
  readFields(reader, endOf(reader), (tag) => {
    if (tag === DATATYPE) datatype = reader.string();
    else if (tag === SHAPE) readShape(reader, shape);
    else if (tag === RAW && elements === undefined) raw = reader.bytes();
    else if (tag === CONTENTS && elements === undefined && raw === undefined) {
      elements = readContents(reader);
    } else throw OTHER;
  });
  return { datatype, shape, raw, contents: elements && { fp32_contents: elements } };
}

function readShape(reader: Reader, shape: number[]): void {
  const end = endOf(reader);
  while (reader.pos < end) {
    const start = reader.pos;
    shape.push(reader.uint32());
    // A size that no model takes, or one below 0: it would lose its upper bits here.
    if (reader.pos - start > WHOLE_BYTES) throw OTHER;
  }
  if (reader.pos !== end) throw OTHER;
}

/** The elements as one field, and no other field. */
function readContents(reader: Reader): Float32Array {
  const end = endOf(reader);
  if (reader.uint32() !== FP32_CONTENTS) throw OTHER;
  const bytes = reader.bytes();
  if (reader.pos !== end || bytes.byteLength % Float32Array.BYTES_PER_ELEMENT !== 0) throw OTHER;
  // A copy, because a message's bytes stand at any offset.
  return new Float32Array(new Uint8Array(bytes).buffer);
}

function readFields(reader: Reader, end: number, readField: (tag: number) => void): void {
  while (reader.pos < end) readField(reader.uint32());
  if (reader.pos !== end) throw OTHER;
}

function endOf(reader: Reader): number {
  return reader.uint32() + reader.pos;
}
