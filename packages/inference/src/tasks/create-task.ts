import { type Checked, refused } from "@flotilla/common/checked";
import type { ModelSource } from "../model-source.ts";
import type { TensorSpec, Tensors } from "../tensor.ts";
import { embedRows } from "./embedding.ts";
import type { Task } from "./task.ts";
import { classifyRows } from "./text-classification.ts";
import { createTextEncoder, unknownTextInputs } from "./text-encoder.ts";

export interface TextTask extends Task {
  readonly maxLength: number;
}

interface Signature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/**
 * The built-in tasks of one text, one prediction; `undefined` for `tensor`, whose requests carry the model's own
 * tensors, and for `conversation`, which takes several runs.
 */
export async function createTask(
  source: ModelSource,
  signature: Signature,
): Promise<Checked<TextTask | undefined>> {
  if (source.task === "tensor" || source.task === "conversation")
    return { ok: true, value: undefined };
  const unknown = unknownTextInputs(signature.inputs);
  if (unknown.length > 0) {
    return refused(
      `${source.onnxFile}: task ${source.task} cannot fill the input ${unknown.join(", ")}; use \`task: tensor\` in model.yaml`,
    );
  }
  const postprocess = createPostprocess(source, signature);
  if (!postprocess.ok) return postprocess;
  try {
    const encoder = createTextEncoder({
      tokenizerJson: await readJson(source.tokenizerFile),
      tokenizerConfig: await readJson(source.tokenizerConfigFile),
      maxLength: source.maxLength,
      inputs: signature.inputs,
    });
    return {
      ok: true,
      value: {
        maxLength: encoder.maxLength,
        preprocess: encoder.encode,
        postprocess: postprocess.value,
      },
    };
  } catch (error) {
    return refused(`${source.tokenizerFile}: not a usable tokenizer: ${messageOf(error)}`);
  }
}

function createPostprocess(
  source: ModelSource,
  { outputs }: Signature,
): Checked<Task["postprocess"]> {
  if (source.task === "embedding") return createEmbedding(source, outputs);
  const logits = outputs.find(({ name }) => name === "logits") ?? outputs[0];
  const width = logits?.shape.at(-1) ?? -1;
  if (logits === undefined || logits.shape.length !== 2) {
    return refused(`${source.onnxFile}: text-classification needs an output [batch, labels]`);
  }
  const labels =
    source.labels ?? Array.from({ length: Math.max(0, width) }, (_, label) => `LABEL_${label}`);
  if (labels.length === 0 || (width !== -1 && width !== labels.length)) {
    return refused(
      `${source.onnxFile}: the output ${logits.name} has ${width} columns and there are ${labels.length} labels; give \`labels\` in model.yaml or id2label in config.json`,
    );
  }
  const { multiLabel } = source;
  return {
    ok: true,
    value: (tensors) => classifyRows({ logits: take(tensors, logits.name), labels, multiLabel }),
  };
}

function createEmbedding(
  source: ModelSource,
  outputs: readonly TensorSpec[],
): Checked<Task["postprocess"]> {
  const hidden = outputs.find(({ name }) => name === "sentence_embedding") ?? outputs[0];
  const rank = hidden?.shape.length;
  if (hidden === undefined || (rank !== 2 && rank !== 3)) {
    return refused(
      `${source.onnxFile}: embedding needs an output [batch, size] or [batch, tokens, size]`,
    );
  }
  // A graph that pools also normalises or not as its author chose; one that does not is a bare encoder.
  const pooling = rank === 2 ? "none" : (source.pooling ?? "mean");
  if (rank === 3 && pooling === "none") {
    return refused(
      `${source.manifestFile}: embedding.pooling is none, and the output ${hidden.name} has a vector for each token; mend: say mean or cls`,
    );
  }
  const normalize = source.normalize ?? rank === 3;
  return {
    ok: true,
    value: (tensors, inputs) =>
      embedRows({
        hidden: take(tensors, hidden.name),
        mask: inputs["attention_mask"],
        pooling,
        normalize,
      }),
  };
}

function take(tensors: Tensors, name: string) {
  const tensor = tensors[name];
  if (tensor === undefined) throw new Error(`the run gave no output ${name}`);
  return tensor;
}

async function readJson(file: string | undefined): Promise<unknown> {
  return file === undefined ? undefined : await Bun.file(file).json();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
