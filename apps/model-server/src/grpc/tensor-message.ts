import { failed, type Outcome, success } from "@flotilla/common/failure";
import { type Datatype, isDatatype } from "@flotilla/inference/datatype";
import {
  allocateData,
  elementCount,
  type Tensor,
  type TensorData,
  type Tensors,
} from "@flotilla/inference/tensor";
import type { Tensor as RenderedTensor } from "@flotilla/proto/generated/flotilla/v1/Tensor";
import type { Tensors as RenderedTensors } from "@flotilla/proto/generated/flotilla/v1/Tensors";
import { type ContentsMessage, parseContents, renderContents } from "./tensor-contents.ts";
import { parseRaw, renderRaw } from "./tensor-raw.ts";

interface ParseOptions {
  /** The model's inputs: other names are the client's text, which no answer repeats. */
  readonly names: readonly string[];
  readonly elementsLimit: number;
}

/** Tensors as protobufjs reads them, or as `readPredictRequest` does: without the fields that were not sent. */
export interface TensorsMessage {
  readonly inputs: readonly { readonly key: string; readonly value: TensorMessage | null }[];
}

export interface TensorMessage {
  readonly datatype: string;
  readonly shape: readonly (number | string)[];
  readonly raw?: Uint8Array | null | undefined;
  readonly contents?: ContentsMessage | null | undefined;
}

/** What a message says, made consistent in itself; whether the model wants it, `checkTensors` says. */
export function parseTensors(
  { inputs }: TensorsMessage,
  { names, elementsLimit }: ParseOptions,
): Outcome<Tensors> {
  const tensors: Record<string, Tensor> = {};
  for (const { key, value } of inputs) {
    if (!names.includes(key)) {
      const known = names.map((name) => `inputs.${name}`).join(", ");
      return failed("invalid-input", `expected no inputs but ${known}, got another`);
    }
    const tensor =
      value === null ? failed("invalid-input", "no tensor") : parseTensor(value, elementsLimit);
    if (!tensor.ok) return failed(tensor.failure.kind, `inputs.${key}: ${tensor.failure.detail}`);
    tensors[key] = tensor.value;
  }
  return success(tensors);
}

function parseTensor(message: TensorMessage, elementsLimit: number): Outcome<Tensor> {
  const { datatype } = message;
  if (!isDatatype(datatype)) {
    return failed("invalid-input", "an unknown datatype; they are named as FP32, INT64, BYTES");
  }
  const shape = message.shape.map(Number);
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    return failed("invalid-input", "a dimension is a whole number from 0");
  }
  // A dimension of 0 must not hide ones that no tensor could have. A product that overflows is over the limit, too.
  if (shape.reduce((product, size) => product * Math.max(size, 1), 1) > elementsLimit) {
    return failed(
      "invalid-input",
      `expected at most ${elementsLimit} elements, got a shape of more`,
    );
  }
  const data = parseData(datatype, message);
  if (!data.ok) return data;
  const [expected, got] = [elementCount(shape), data.value.length];
  return got === expected
    ? success({ datatype, shape, data: data.value })
    : failed("invalid-input", `expected ${expected} elements, as the shape says, got ${got}`);
}

function parseData(datatype: Datatype, { raw, contents }: TensorMessage): Outcome<TensorData> {
  if (raw) return parseRaw(datatype, raw);
  // Of a batch of 0 a client may leave both out.
  return contents ? parseContents(datatype, contents) : success(allocateData(datatype, 0));
}

export function renderTensors(
  tensors: Tensors,
  options: { readonly raw: boolean },
): RenderedTensors {
  const inputs = Object.entries(tensors).map(([key, { datatype, shape, data }]) => {
    const contents = options.raw ? undefined : renderContents(datatype, data);
    const elements = contents === undefined ? { raw: renderRaw(data) } : { contents };
    const value: RenderedTensor = { datatype, shape: [...shape], ...elements };
    return { key, value };
  });
  return { inputs };
}
