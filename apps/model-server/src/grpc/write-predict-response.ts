import type { InferenceOutput, Prediction } from "@flotilla/inference/inference-request";
import { splitRows } from "@flotilla/inference/instances";
import type { Tensor, Tensors } from "@flotilla/inference/tensor";
import { Writer } from "protobufjs";
import type { PredictAnswer } from "./render-predict-response.ts";
import { renderRaw } from "./tensor-raw.ts";

/**
 * A PredictResponse whose numbers go out as they lie in memory: protobufjs takes lists, and makes an object of each
 * element. Undefined: there is more in it, and protobufjs is to write what `renderPredictResponse` makes.
 */
export function writePredictResponse(response: PredictAnswer): Uint8Array | undefined {
  const { serverId, answered, asked } = response;
  const { model, answer, turn } = answered;
  if (!isWritten(answer.output, asked)) return undefined;
  const writer = Writer.create();
  writeText(writer, 1, serverId);
  writeText(writer, 2, model.name);
  writeText(writer, 3, String(model.version));
  if (turn !== undefined) {
    writeText(writer, 4, turn.sessionId);
    writer.uint32(tagOf(5, VARINT)).uint32(turn.turn);
  }
  const field = asked.instances ? 7 : 6;
  for (const result of resultsOf(answer.output, asked)) {
    begin(writer, field);
    writeResult(writer, result, asked);
    writer.ldelim();
  }
  return writer.finish();
}

type Asked = PredictAnswer["asked"];
type Result = Prediction | { readonly kind: "outputs"; readonly tensors: Tensors };

function isWritten(output: InferenceOutput, { raw }: Asked): boolean {
  return output.kind === "predictions"
    ? output.predictions.every(({ kind }) => kind !== "json")
    : raw || Object.values(output.tensors).every(({ datatype }) => datatype === "FP32");
}

function resultsOf(output: InferenceOutput, { instances }: Asked): readonly Result[] {
  if (output.kind === "predictions") return output.predictions;
  const rows = instances ? splitRows(output.tensors) : [output.tensors];
  return rows.map((tensors) => ({ kind: "outputs", tensors }));
}

function writeResult(writer: Writer, result: Result, asked: Asked): void {
  switch (result.kind) {
    case "classification":
      begin(writer, 1);
      writeText(writer, 1, result.label);
      writeDouble(writer, 2, result.score);
      for (const [label, score] of Object.entries(result.scores)) {
        begin(writer, 3);
        writeText(writer, 1, label);
        writeDouble(writer, 2, score);
        writer.ldelim();
      }
      break;
    case "embedding":
      begin(writer, 2);
      writeBytes(writer, 1, renderRaw(result.embedding));
      break;
    case "reply":
      begin(writer, 3);
      writeText(writer, 1, result.text);
      break;
    case "outputs":
      begin(writer, 4);
      for (const [name, tensor] of Object.entries(result.tensors)) {
        begin(writer, 1);
        writeText(writer, 1, name);
        begin(writer, 2);
        writeTensor(writer, tensor, asked);
        writer.ldelim().ldelim();
      }
      break;
    case "json":
      throw new Error("protobufjs writes JSON");
  }
  writer.ldelim();
}

function writeTensor(writer: Writer, { datatype, shape, data }: Tensor, { raw }: Asked): void {
  writeText(writer, 1, datatype);
  begin(writer, 2);
  for (const size of shape) writer.int64(size);
  writer.ldelim();
  if (raw) {
    writeBytes(writer, 4, renderRaw(data));
    return;
  }
  begin(writer, 3);
  // A list of floats is packed: their bytes, one after the other.
  writeBytes(writer, 6, renderRaw(data));
  writer.ldelim();
}

// The wire types of protobuf.
const [VARINT, DOUBLE, WITH_LENGTH] = [0, 1, 2];

function tagOf(field: number, type: number): number {
  return (field << 3) | type;
}

/** A message of its own, until `ldelim`. */
function begin(writer: Writer, field: number): void {
  writer.uint32(tagOf(field, WITH_LENGTH)).fork();
}

function writeText(writer: Writer, field: number, text: string): void {
  writer.uint32(tagOf(field, WITH_LENGTH)).string(text);
}

function writeBytes(writer: Writer, field: number, bytes: Uint8Array): void {
  writer.uint32(tagOf(field, WITH_LENGTH)).bytes(bytes);
}

function writeDouble(writer: Writer, field: number, value: number): void {
  writer.uint32(tagOf(field, DOUBLE)).double(value);
}
