import { type Checked, refused } from "@flotilla/common/checked";
import { messageOf } from "@flotilla/common/message-of";
import { type Handler, type StepContext, t } from "@flotilla/handler";
import type { Prediction, TextInput } from "../inference-request.ts";
import type { LoadedModel } from "../loaded-model.ts";
import type { ModelSource } from "../model-source.ts";
import { contractOf } from "../task-contract.ts";
import type { TensorSpec, Tensors } from "../tensor.ts";
import { answerByHandler } from "./answer-by-handler.ts";
import { embedRows } from "./embedding.ts";
import type { Task } from "./task.ts";
import { classifyRows } from "./text-classification.ts";
import { createTextEncoder, unknownTextInputs } from "./text-encoder.ts";

type Signature = Pick<LoadedModel, "inputs" | "outputs">;
type Postprocess = (outputs: Tensors, inputs: Tensors) => readonly Prediction[];

/** One word, one token, four characters: what an entry's estimate counts as one. */
const FILLER = "the ";

const TextSchema = t.Object({ text: t.String() }, { additionalProperties: false });

/** The built-in tasks of one text, one prediction: handlers as a user's are. */
export async function createTextTask(
  source: ModelSource,
  model: LoadedModel,
): Promise<Checked<Task>> {
  const unknown = unknownTextInputs(model.inputs);
  if (unknown.length > 0) {
    return refused(
      `${source.onnxFile}: task ${source.task} cannot fill the input ${unknown.join(", ")}; use \`task: tensor\` in model.yaml`,
    );
  }
  const postprocess = createPostprocess(source, model);
  if (!postprocess.ok) return postprocess;
  try {
    const { encode, maxLength } = createTextEncoder({
      tokenizerJson: await readJson(source.tokenizerFile),
      tokenizerConfig: await readJson(source.tokenizerConfigFile),
      maxLength: source.maxLength,
      inputs: model.inputs,
    });
    const handler: Handler<TextInput> = {
      input: TextSchema,
      examples: [],
      preprocessBatch: (inputs) => encode(inputs.map(({ text }) => text)),
      postprocessBatch: (outputs, { tensors }) => postprocess.value(outputs, tensors),
    };
    const answer = answerByHandler({
      handler: handler as Handler,
      model,
      context: contextOf(source),
      toPrediction: (value) => value as Prediction,
    });
    return { ok: true, value: { ...textFields(source), maxLength, answer } };
  } catch (error) {
    return refused(`${source.tokenizerFile}: not a usable tokenizer: ${messageOf(error)}`);
  }
}

/** What all tasks of texts have in common. */
export function textFields({ warmUp }: ModelSource) {
  const contract = contractOf({ input: TextSchema, examples: [] });
  if (!contract.ok) throw new Error(contract.problems.join());
  return {
    contract: contract.value,
    // The first is typical; the second, beside it, shows what padding does.
    examples: [{ text: warmUp?.text ?? "The first text of a new replica." }, { text: "No" }],
    inputOfLength: textOfLength,
    uses: [],
  } as const;
}

export function textOfLength(tokens: number): TextInput {
  return { text: FILLER.repeat(tokens) };
}

function contextOf({ name, version, folder }: ModelSource): StepContext {
  const predict = () => Promise.reject(new Error("a built-in task asks no other model"));
  return { name, version, folder, resources: undefined, state: {}, predict };
}

function createPostprocess(source: ModelSource, { outputs }: Signature): Checked<Postprocess> {
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
): Checked<Postprocess> {
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
