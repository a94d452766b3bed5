import type { MediaType } from "@flotilla/handler";
import type { Question, TaskInput } from "@flotilla/inference/inference-request";
import { isData } from "@flotilla/inference/is-data";
import type { Tensors } from "@flotilla/inference/tensor";
import { encodeRecord } from "./record-codec.ts";

/** What a record's fields say of the question beside the tensors: JSON, the bytes' media type, or the tensors' rows. */
export interface QuestionMeta {
  readonly input?: TaskInput;
  readonly mediaType?: MediaType;
  readonly rows?: number;
}

/** Of a turn, which is one row, or one input. */
export function encodeQuestion(meta: object, question: Question): Uint8Array {
  if (question.kind === "tensors") {
    return encodeRecord({ ...meta, rows: question.rows }, question.tensors);
  }
  const [input = {}] = question.inputs;
  if (!isData(input)) return encodeRecord({ ...meta, input }, {});
  const { data, mediaType } = input;
  const tensor = { datatype: "UINT8", shape: [data.length], data } as const;
  return encodeRecord({ ...meta, mediaType }, { data: tensor });
}

export function decodeQuestion(
  { input, mediaType, rows = 1 }: QuestionMeta,
  tensors: Tensors,
): Question {
  if (input !== undefined) return { kind: "inputs", inputs: [input] };
  if (mediaType === undefined) return { kind: "tensors", tensors, rows };
  return { kind: "inputs", inputs: [{ data: tensors["data"]?.data as Uint8Array, mediaType }] };
}
