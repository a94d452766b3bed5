import type { Checked } from "@flotilla/common/checked";
import { loadHandler } from "../handlers/load-handler.ts";
import type { LoadedModel } from "../loaded-model.ts";
import type { ModelSource } from "../model-source.ts";
import { type Conversation, createConversation } from "../tasks/conversation.ts";
import { conversationTask } from "../tasks/conversation-task.ts";
import { createTextTask } from "../tasks/create-text-task.ts";
import type { Task } from "../tasks/task.ts";
import type { Tensors } from "../tensor.ts";
import { openSession } from "./open-session.ts";
import type { LoadLimits } from "./worker-protocol.ts";

export interface SessionModel {
  readonly source: ModelSource;
  readonly model: LoadedModel;
  /** State goes in and comes out as any tensor. Throws what ONNX Runtime throws; blocks this thread meanwhile. */
  run(inputs: Tensors): Promise<Tensors>;
  close(): Promise<void>;
  /** Undefined: it takes its own tensors alone. */
  readonly task: Task | undefined;
  /** What the task of a model that is talked with is made of. */
  readonly conversation: Conversation | undefined;
}

/** How a handler asks another model. */
export type AskModel = (name: string, input: unknown) => Promise<unknown>;

/** Loads one version of a model: its file into ONNX Runtime, and its task around it. */
export async function loadModel(
  source: ModelSource,
  limits: LoadLimits,
  askModel: AskModel,
): Promise<Checked<SessionModel>> {
  const opened = await openSession(source, { threads: source.threads ?? limits.threads });
  if (!opened.ok) return opened;
  const { run, close, signature } = opened.value;
  const { name, version, description } = source;
  const model: LoadedModel = {
    name,
    version,
    description,
    task: source.task,
    ...signature,
    maxBatch: Math.min(source.maxBatch ?? limits.batchLimit, limits.batchLimit),
  };
  const made = await createTask(source, model, askModel);
  if (!made.ok) return made;
  const { task, conversation } = made.value;
  const takes = task?.contract;
  const value = { source, model: { ...model, takes }, run, close, task, conversation };
  return { ok: true, value };
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
