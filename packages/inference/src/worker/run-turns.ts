import type { InferenceOutput } from "../inference-request.ts";
import { copyRows } from "../instances.ts";
import { takeState } from "../state.ts";
import type { Tensors } from "../tensor.ts";
import type { SessionModel } from "./load-model.ts";

/** Turns of as many conversations in one run, by tensors; a task answers the others. */
export async function runTurns(
  { model, run }: Pick<SessionModel, "model" | "run">,
  inputs: Tensors,
  before: Tensors,
): Promise<readonly InferenceOutput[]> {
  const { answer, state } = takeState(model.state, await run({ ...inputs, ...before }));
  const [rows = 1] = Object.values(state)[0]?.shape ?? [];
  if (rows === 1) return [{ kind: "tensors", tensors: answer, state }];
  return Array.from({ length: rows }, (_, row) => ({
    kind: "tensors",
    tensors: copyRows(answer, row, row + 1),
    state: copyRows(state, row, row + 1),
  }));
}
