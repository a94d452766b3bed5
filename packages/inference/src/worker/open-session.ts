import { type Checked, refused } from "@flotilla/common/checked";
import { messageOf } from "@flotilla/common/message-of";
import { InferenceSession } from "onnxruntime-node";
import { datatypeFromOnnx } from "../datatype.ts";
import type { LoadedModel } from "../loaded-model.ts";
import type { ModelSource } from "../model-source.ts";
import type { TensorSpec, Tensors } from "../tensor.ts";
import { checkState } from "./check-state.ts";
import { multipliesInt8 } from "./multiplies-int8.ts";
import { runSession } from "./run-session.ts";

/** What a model takes and gives. */
export type Signature = Pick<LoadedModel, "inputs" | "outputs" | "state" | "batch">;

export interface OpenSession {
  readonly signature: Signature;
  /** State goes in and comes out as any tensor. Throws what ONNX Runtime throws; blocks this thread meanwhile. */
  run(inputs: Tensors): Promise<Tensors>;
  close(): Promise<void>;
}

interface SessionChoices {
  readonly threads: number;
  /** Off for tools that want the signature or a run or two: it is most of a load's time. */
  readonly isOptimised?: boolean;
}

export function sessionOptions({
  threads,
  isOptimised = true,
  onnxruntime,
}: SessionChoices & Pick<ModelSource, "onnxruntime">): InferenceSession.SessionOptions {
  return {
    graphOptimizationLevel: isOptimised ? "all" : "disabled",
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // Nothing but fatal: its errors arrive as exceptions, and its own lines on standard error are not ours.
    logSeverityLevel: 4,
    extra: {
      // Without VNNI, AVX2's int8 multiply saturates and the answers are wrong (MiniLM int8: cosine 0.9965 to the
      // true one); this uses a wider product. With VNNI it would change no bit and take 1.6 times as long.
      ...(!multipliesInt8() && { "session.x64quantprecision": "1" }),
      ...onnxruntime,
    },
  };
}

type Metadata = InferenceSession["inputMetadata"][number];

/** An ONNX file in ONNX Runtime, and what it says of itself; of a handler without one, nothing. */
export async function openSession(
  { onnxFile, state, onnxruntime }: Pick<ModelSource, "onnxFile" | "state" | "onnxruntime">,
  options: SessionChoices,
): Promise<Checked<OpenSession>> {
  if (onnxFile === undefined) return { ok: true, value: NO_SESSION };
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(onnxFile, sessionOptions({ ...options, onnxruntime }));
  } catch (error) {
    const message = messageOf(error);
    const mend = onnxruntime ? "correct `onnxruntime` in model.yaml, or export" : "export";
    return refused(
      `${onnxFile}: ONNX Runtime cannot load it: ${message}; mend: ${mend} it again, or take it out of the repository`,
    );
  }
  const close = () => session.release();
  const { inputMetadata, outputMetadata } = session;
  const unusable = [...inputMetadata, ...outputMetadata].flatMap(whyUnusable);
  const inputs = inputMetadata.flatMap(readSpec);
  const outputs = outputMetadata.flatMap(readSpec);
  const checked =
    unusable.length > 0
      ? refused(...unusable.map((why) => `${onnxFile}: ${why}`))
      : checkState({ state }, { inputs, outputs });
  if (!checked.ok) {
    await close();
    return checked;
  }
  const signature = { ...checked.value, batch: batchOf(inputs, outputs) };
  return { ok: true, value: { signature, run: (tensors) => runSession(session, tensors), close } };
}

const NO_SESSION: OpenSession = {
  signature: { inputs: [], outputs: [], state: [], batch: "none" },
  run: () => Promise.reject(new Error("this handler has no model of its own")),
  close: () => Promise.resolve(),
};

function whyUnusable(metadata: Metadata): readonly string[] {
  if (!metadata.isTensor) return [`${metadata.name} is a sequence or a map, not a tensor`];
  if (datatypeFromOnnx(metadata.type) !== undefined) return [];
  return [`${metadata.name} has the type ${metadata.type}, which cannot be served`];
}

function readSpec(metadata: Metadata): readonly TensorSpec[] {
  const datatype = metadata.isTensor ? datatypeFromOnnx(metadata.type) : undefined;
  if (!metadata.isTensor || datatype === undefined) return [];
  const shape = metadata.shape.map((size) => (typeof size === "number" ? size : -1));
  const symbols = metadata.shape.map((size) =>
    typeof size === "string" && size !== "" ? size : undefined,
  );
  return [{ name: metadata.name, datatype, shape, symbols }];
}

/**
 * The common first dimension. An ONNX file does not say which dimension is the batch: first and variable everywhere
 * is taken for it, and observe-batching.ts checks it.
 */
function batchOf(
  inputs: readonly TensorSpec[],
  outputs: readonly TensorSpec[],
): LoadedModel["batch"] {
  const first = inputs[0]?.shape[0];
  const common = [...inputs, ...outputs].every(({ shape }) => shape[0] === first);
  if (first === undefined || !common) return "none";
  const symbols = new Set(inputs.map(({ symbols: [symbol] }) => symbol));
  if (first === -1) return symbols.size === 1 ? "dynamic" : "none";
  // A fixed vector [64] is one thing of 64 elements, not 64 rows.
  return [...inputs, ...outputs].every(({ shape }) => shape.length > 1) ? first : "none";
}
