import type { Checked } from "@flotilla/common/checked";
import { messageOf } from "@flotilla/common/message-of";
import { initialState } from "../state.ts";
import {
  allocateData,
  elementCount,
  type Tensor,
  type TensorSpec,
  type Tensors,
} from "../tensor.ts";
import { type OpenSession, openSession, type Signature } from "./open-session.ts";

/** Tried for every variable dimension but the batch: a convolution, say, takes no image of one pixel. */
const SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 224, 256];
/** A 0 in every place of an attention mask makes NaN, a 1 may be no index of a small table, a 0.5 is most ordinary. */
const FILLINGS = [
  { real: 0.5, whole: 1 },
  { real: 0.5, whole: 0 },
  { real: 0, whole: 0 },
  { real: 1, whole: 1 },
];
const ELEMENTS_LIMIT = 2 ** 22;
const BUDGET_MS = 10_000;

export interface FoundSample {
  readonly signature: Signature;
  readonly inputs: Tensors;
  /** Why the model answered none of what was tried, the simplest of which `inputs` is then. */
  readonly refusal: string | undefined;
}

/** Inputs of one row that a model of which nothing else is known answers, with numbers and no NaN. */
export async function findSample(onnxFile: string): Promise<Checked<FoundSample>> {
  const opened = await openSession({ onnxFile }, { threads: 1, isOptimised: false });
  if (!opened.ok) return opened;
  const found = await trySamples(opened.value);
  await opened.value.close();
  return { ok: true, value: { signature: opened.value.signature, ...found } };
}

async function trySamples({
  signature,
  run,
}: OpenSession): Promise<Pick<FoundSample, "inputs" | "refusal">> {
  const state = initialState(signature.state);
  const end = performance.now() + BUDGET_MS;
  let refusal: string | undefined;
  for (const size of SIZES) {
    const specs = sized(signature, size);
    if (size > 1 && specs.some(({ shape }) => elementCount(shape) > ELEMENTS_LIMIT)) break;
    for (const filling of FILLINGS) {
      if (performance.now() > end) break;
      const inputs = filled(specs, filling);
      const problem = await problemOf(() => run({ ...inputs, ...state }));
      if (problem === undefined) return { inputs, refusal: undefined };
      refusal ??= problem;
    }
  }
  return { inputs: filled(sized(signature, 1), { real: 0, whole: 0 }), refusal };
}

function sized({ inputs, batch }: Signature, size: number): readonly TensorSpec[] {
  return inputs.map((spec) => {
    const shape = spec.shape.map((declared) => (declared === -1 ? size : declared));
    return { ...spec, shape: batch === "dynamic" ? [1, ...shape.slice(1)] : shape };
  });
}

function filled(specs: readonly TensorSpec[], filling: (typeof FILLINGS)[number]): Tensors {
  return Object.fromEntries(specs.map((spec) => [spec.name, fill(spec, filling)]));
}

function fill({ datatype, shape }: TensorSpec, { real, whole }: (typeof FILLINGS)[number]): Tensor {
  const data = allocateData(datatype, elementCount(shape));
  if (Array.isArray(data)) data.fill("text");
  else if (data instanceof BigInt64Array || data instanceof BigUint64Array)
    data.fill(BigInt(whole));
  else data.fill(datatype.startsWith("FP") ? real : whole);
  return { datatype, shape, data };
}

async function problemOf(run: () => Promise<Tensors>): Promise<string | undefined> {
  try {
    const outputs = Object.values(await run());
    const hasNumbers = outputs.every(({ data }) =>
      Array.from<unknown>(data).every((one) => typeof one !== "number" || Number.isFinite(one)),
    );
    return hasNumbers ? undefined : "its answer holds NaN or an infinity";
  } catch (error) {
    return messageOf(error);
  }
}
