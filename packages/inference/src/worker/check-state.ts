import { type Checked, refused } from "@flotilla/common/checked";
import { DATATYPES } from "../datatype.ts";
import { ELEMENT_RULES } from "../fill-elements.ts";
import type { ModelSource, StatePair } from "../model-source.ts";
import type { StateSpec } from "../state.ts";
import { allocateData, elementCount, type TensorSpec } from "../tensor.ts";

interface Signature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/** The manifest's state pairs as the ONNX file has them, and the signature that is left for clients. */
export function checkState(
  { state: pairs = [] }: Pick<ModelSource, "state">,
  { inputs, outputs }: Signature,
): Checked<Signature & { readonly state: readonly StateSpec[] }> {
  const problems: string[] = [];
  const state: StateSpec[] = [];
  const left = { inputs, outputs };
  for (const pair of pairs) {
    const input = left.inputs.find(({ name }) => name === pair.input);
    const output = left.outputs.find(({ name }) => name === pair.output);
    if (input === undefined) problems.push(nameProblem(pair, "input", left.inputs));
    if (output === undefined) problems.push(nameProblem(pair, "output", left.outputs));
    if (input === undefined || output === undefined) continue;
    left.inputs = left.inputs.filter((spec) => spec !== input);
    left.outputs = left.outputs.filter((spec) => spec !== output);
    const problem = pairProblem(pair, input, output);
    if (problem === undefined) state.push(specOf(pair, input));
    else problems.push(problem);
  }
  const batches = new Set(
    inputs.filter((spec) => !left.inputs.includes(spec)).map(({ shape }) => shape[0]),
  );
  if (problems.length === 0 && batches.size > 1) {
    const expected = "expected the batch to be dynamic in every state, or 1 in every one";
    problems.push(`${pairs[0]?.at.input}: ${expected}; mend: export the model so`);
  }
  return problems.length > 0 ? refused(...problems) : { ok: true, value: { ...left, state } };
}

function nameProblem(
  pair: StatePair,
  side: "input" | "output",
  left: readonly TensorSpec[],
): string {
  const names = left.map(({ name }) => name).join(", ");
  const mend = names === "" ? "remove the pair" : `use one of ${names}`;
  const expected = `expected an ${side} of the ONNX file that no other pair has`;
  return `${pair.at[side]}: ${expected}, got ${pair[side]}; mend: ${mend}`;
}

function pairProblem(
  { at, initial }: StatePair,
  input: TensorSpec,
  output: TensorSpec,
): string | undefined {
  const [given, taken] = [shown(output), shown(input)];
  if (given !== taken) {
    return `${at.output}: expected ${taken}, as the input ${input.name} is, got ${given}; mend: pair it with its own input`;
  }
  const [batch = 0, ...sizes] = input.shape;
  if ((batch !== -1 && batch !== 1) || sizes.includes(-1)) {
    return `${at.input}: expected the batch first, dynamic or 1, and fixed sizes after it, got ${taken}; mend: export the model so`;
  }
  const { datatype } = input;
  const { expected, fill } = ELEMENT_RULES[datatype];
  const value = datatype === "BOOL" && (initial === 0 || initial === 1) ? initial === 1 : initial;
  if (fill([value], allocateData(datatype, 1), 0) < 0) return undefined;
  return datatype === "BYTES"
    ? `${at.input}: expected numbers, which a state is made of, got strings; mend: remove the pair`
    : `${at.initial}: expected ${expected}, got ${initial}; mend: change it`;
}

function shown({ datatype, shape }: TensorSpec): string {
  return `${datatype} [${shape.join(", ")}]`;
}

function specOf({ output, initial }: StatePair, { name, datatype, shape }: TensorSpec): StateSpec {
  const own = [1, ...shape.slice(1)];
  const bytes = elementCount(own) * DATATYPES[datatype].bytes;
  return { input: name, output, datatype, shape: own, initial, bytes };
}
