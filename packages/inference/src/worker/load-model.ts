import { type Checked, refused } from "@flotilla/common/checked";
import { InferenceSession } from "onnxruntime-node";
import { datatypeFromOnnx } from "../datatype.ts";
import { loadHandler } from "../handlers/load-handler.ts";
import type { LoadedModel } from "../loaded-model.ts";
import type { ModelSource } from "../model-source.ts";
import { type Conversation, createConversation } from "../tasks/conversation.ts";
import { conversationTask } from "../tasks/conversation-task.ts";
import { createTextTask } from "../tasks/create-text-task.ts";
import type { Task } from "../tasks/task.ts";
import type { TensorSpec, Tensors } from "../tensor.ts";
import { checkState } from "./check-state.ts";
import { runSession } from "./run-session.ts";
import type { LoadLimits } from "./worker-protocol.ts";

export interface SessionModel {
  readonly source: ModelSource;
  readonly model: LoadedModel;
  /** State goes in and comes out as any tensor. Throws what ONNX Runtime throws; blocks this thread meanwhile. */
  run(inputs: Tensors): Promise<Tensors>;
  /** Undefined: it takes its own tensors alone. */
  readonly task: Task | undefined;
  /** What the task of a model that is talked with is made of. */
  readonly conversation: Conversation | undefined;
}

type Metadata = InferenceSession["inputMetadata"][number];

/** How a handler asks another model. */
export type AskModel = (name: string, input: unknown) => Promise<unknown>;

/** Loads one version of a model: its file into ONNX Runtime, and its task around it. */
export async function loadModel(
  source: ModelSource,
  limits: LoadLimits,
  askModel: AskModel,
): Promise<Checked<SessionModel>> {
  const opened = await openSession(source, limits);
  if (!opened.ok) return opened;
  const { run, inputs, outputs } = opened.value;
  const checked = checkState(source, { inputs, outputs });
  if (!checked.ok) return checked;
  const { name, version, description } = source;
  const model: LoadedModel = {
    name,
    version,
    description,
    task: source.task,
    ...checked.value,
    batch: batchOf(inputs, outputs),
    maxBatch: Math.min(source.maxBatch ?? limits.batchLimit, limits.batchLimit),
  };
  const made = await createTask(source, model, askModel);
  if (!made.ok) return made;
  const { task, conversation } = made.value;
  const takes = task?.contract;
  return { ok: true, value: { source, model: { ...model, takes }, run, task, conversation } };
}

interface Opened extends Pick<SessionModel, "run"> {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

async function openSession(
  { onnxFile, threads }: ModelSource,
  limits: LoadLimits,
): Promise<Checked<Opened>> {
  if (onnxFile === undefined) {
    const run = () => Promise.reject(new Error("this handler has no model of its own"));
    return { ok: true, value: { run, inputs: [], outputs: [] } };
  }
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(onnxFile, {
      intraOpNumThreads: threads ?? limits.threads,
      interOpNumThreads: 1,
      // Nothing but fatal: its errors arrive as exceptions, and its own lines on standard error are not ours.
      logSeverityLevel: 4,
      // Without VNNI, AVX2's int8 multiply saturates and the answers are wrong (MiniLM int8: cosine 0.9965 to the
      // true one); this uses a wider product. It costs a quarter of the speed there, and nothing elsewhere.
      extra: { session: { x64quantprecision: "1" } },
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return refused(
      `${onnxFile}: ONNX Runtime cannot load it: ${message}; mend: export it again, or take it out of the repository`,
    );
  }
  const { inputMetadata, outputMetadata } = session;
  const unusable = [...inputMetadata, ...outputMetadata].flatMap(whyUnusable);
  if (unusable.length > 0) return refused(...unusable.map((why) => `${onnxFile}: ${why}`));
  return {
    ok: true,
    value: {
      run: (inputs) => runSession(session, inputs),
      inputs: inputMetadata.flatMap(readSpec),
      outputs: outputMetadata.flatMap(readSpec),
    },
  };
}

async function createTask(
  source: ModelSource,
  model: LoadedModel,
  askModel: AskModel,
): Promise<Checked<Pick<SessionModel, "task" | "conversation">>> {
  switch (source.task) {
    case "handler": {
      const task = await loadHandler(source, model, askModel);
      return task.ok ? { ok: true, value: { task: task.value, conversation: undefined } } : task;
    }
    case "tensor":
      return { ok: true, value: { task: undefined, conversation: undefined } };
    case "conversation": {
      const conversation = await createConversation(source, model);
      if (!conversation.ok) return conversation;
      const task = conversationTask(source, model, conversation.value);
      return { ok: true, value: { task, conversation: conversation.value } };
    }
    case "text-classification":
    case "embedding": {
      const task = await createTextTask(source, model);
      return task.ok ? { ok: true, value: { task: task.value, conversation: undefined } } : task;
    }
  }
}

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
