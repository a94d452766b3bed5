import { failed } from "@flotilla/common/failure";
import type { InferenceInput, Turn } from "./inference-request.ts";
import type { LoadedModel } from "./loaded-model.ts";
import { stateProblem } from "./state.ts";

type Failed = ReturnType<typeof failed>;

/** Whether the model takes such a request at all: the kinds, not the contents, which the edge has checked. */
export function checkInput(
  model: LoadedModel,
  input: InferenceInput,
  batchLimit: number,
): Failed | undefined {
  const isStateful = model.state.length > 0;
  const question = input.kind === "turn" ? input.question : input;
  if (question.kind === "inputs" && model.task === "tensor") {
    return failed("invalid-input", "this model takes tensors: send inputs, not text");
  }
  if (question.kind === "tensors" && model.inputs.length === 0) {
    return failed("invalid-input", "this model has no tensors: send what its handler takes");
  }
  if (input.kind === "turn") {
    if (isStateful) return checkTurn(model, input);
    return failed("invalid-input", "this model keeps no state: ask it without a conversation");
  }
  if (isStateful) {
    const mend = "send a text or the inputs of one row a turn, and no instances";
    return failed("invalid-input", `this model answers turns of conversations: ${mend}`);
  }
  if (question.kind === "inputs" && question.inputs.length > batchLimit) {
    return failed("invalid-input", `a request may hold ${batchLimit} inputs at most`);
  }
  return undefined;
}

function checkTurn({ state: specs }: LoadedModel, { question, state }: Turn): Failed | undefined {
  const rows = question.kind === "inputs" ? question.inputs.length : question.rows;
  if (rows !== 1) return failed("invalid-input", `a turn is one row, and this has ${rows}`);
  const problem = state && stateProblem(specs, state);
  if (problem === undefined) return undefined;
  return failed("conflict", `${problem}: the model has changed; begin a new conversation`);
}
