import type { InferenceAnswer, InferenceInput, InferenceOutput } from "./inference-request.ts";
import { concatRows, copyRows } from "./instances.ts";
import type { LoadedModel } from "./loaded-model.ts";

/**
 * What is scheduled: an input each, so that texts of similar length meet in a batch whoever sent them; of tensors as
 * many rows as a batch may have, or all of them where the ONNX file fixes their number. A turn is one row as it is.
 */
export function splitRequest(
  input: InferenceInput,
  { batch, maxBatch: maxRows }: Pick<LoadedModel, "batch" | "maxBatch">,
): readonly InferenceInput[] {
  if (input.kind === "inputs") {
    return input.inputs.map((one) => ({ kind: "inputs", inputs: [one] }));
  }
  if (input.kind === "turn" || input.rows <= maxRows || batch !== "dynamic") return [input];
  return Array.from({ length: Math.ceil(input.rows / maxRows) }, (_, index) => {
    const start = index * maxRows;
    const end = Math.min(input.rows, start + maxRows);
    const tensors = copyRows(input.tensors, start, end);
    return { kind: "tensors", tensors, rows: end - start };
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
    ...(first.handlerMs !== undefined && {
      handlerMs: Math.max(...answers.map(({ handlerMs = 0 }) => handlerMs)),
    }),
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
