import type { InferenceAnswer, InferenceInput, InferenceOutput } from "./inference-request.ts";
import { concatRows, sliceRows } from "./instances.ts";

/**
 * What is scheduled: a text each, so that texts of similar length meet in a batch whoever sent them; of tensors as
 * many rows as a batch may have.
 */
export function splitRequest(input: InferenceInput, maxRows: number): readonly InferenceInput[] {
  if (input.kind === "texts") {
    return input.texts.map((text) => ({ kind: "texts", texts: [text] }));
  }
  if (input.rows <= maxRows) return [input];
  return Array.from({ length: Math.ceil(input.rows / maxRows) }, (_, index) => {
    const start = index * maxRows;
    const end = Math.min(input.rows, start + maxRows);
    return { kind: "tensors", tensors: sliceRows(input.tensors, start, end), rows: end - start };
  });
}

/** The parts' answers as one: it waited as long as its last part. */
export function joinAnswers(answers: readonly InferenceAnswer[]): InferenceAnswer {
  const [first] = answers;
  if (first === undefined) throw new Error("a request has at least one part");
  if (answers.length === 1) return first;
  return {
    output: joinOutputs(answers.map(({ output }) => output)),
    queueMs: Math.max(...answers.map(({ queueMs }) => queueMs)),
    inferMs: Math.max(...answers.map(({ inferMs }) => inferMs)),
  };
}

function joinOutputs(outputs: readonly InferenceOutput[]): InferenceOutput {
  const tensors = outputs.flatMap((output) => (output.kind === "tensors" ? [output.tensors] : []));
  if (tensors.length > 0) return { kind: "tensors", tensors: concatRows(tensors) };
  return {
    kind: "predictions",
    predictions: outputs.flatMap((output) =>
      output.kind === "predictions" ? output.predictions : [],
    ),
  };
}
