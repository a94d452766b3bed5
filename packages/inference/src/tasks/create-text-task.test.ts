import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { SENTIMENT } from "@flotilla/testkit/shared-models";
import { writeModels } from "@flotilla/testkit/write-models";
import type { ModelSource } from "../model-source.ts";
import type { TensorSpec, Tensors } from "../tensor.ts";
import { createTextTask } from "./create-text-task.ts";

function spec(name: string, shape: readonly number[]): TensorSpec {
  return { name, datatype: "FP32", shape, symbols: shape.map(() => undefined) };
}

const INPUTS = [{ ...spec("input_ids", [-1, -1]), datatype: "INT64" as const }];
const LOGITS = spec("logits", [-1, 3]);
const CLASSIFIER: ModelSource = {
  name: "m",
  version: 1,
  task: "text-classification",
  folder: "m",
  manifestFile: "m/model.yaml",
  onnxFile: "m/model.onnx",
  tokenizerFile: join(SENTIMENT, "1/tokenizer.json"),
  multiLabel: false,
  runTimeoutMs: 5_000,
};

const MODEL = {
  name: "m",
  version: 1,
  task: "text-classification",
  state: [],
  batch: "dynamic",
  maxBatch: 256,
} as const;

async function taskOf(
  source: Partial<ModelSource>,
  outputs: readonly TensorSpec[] = [LOGITS],
  inputs: readonly TensorSpec[] = INPUTS,
) {
  const model = { ...MODEL, inputs, outputs };
  return await createTextTask({ ...CLASSIFIER, ...source }, model);
}

/** What the task makes of a run that gives `outputs`. */
async function predict(task: Awaited<ReturnType<typeof taskOf>>, outputs: Tensors) {
  if (!task.ok) throw new Error(task.problems.join("\n"));
  const [answer] = await task.value.answer([{ input: { text: "so" } }], {
    run: async () => outputs,
    tell() {},
  });
  return answer?.ok ? answer.value.prediction : answer?.failure;
}

async function problem(...args: Parameters<typeof taskOf>): Promise<string | undefined> {
  const task = await taskOf(...args);
  return task.ok ? undefined : task.problems.join("\n");
}

describe("a text's task", () => {
  test("classifies by the output called logits, with labels as Hugging Face counts them", async () => {
    const task = await taskOf({}, [spec("hidden", [-1, 9]), LOGITS]);
    const outputs = { logits: { ...LOGITS, shape: [1, 3], data: Float32Array.of(0, 9, 0) } };

    expect(await predict(task, outputs)).toMatchObject({ label: "LABEL_1" });
  });

  test("embeds by sentence_embedding, else by the mean over the first output, at length 1", async () => {
    const pooled = { ...spec("sentence_embedding", [-1, 2]) };
    const hidden = { ...spec("last_hidden_state", [-1, -1, 2]) };
    const outputs = {
      sentence_embedding: { ...pooled, shape: [1, 2], data: Float32Array.of(3, 4) },
      last_hidden_state: { ...hidden, shape: [1, 2, 2], data: Float32Array.of(0, 1, 0, 3) },
    };
    const both = await taskOf({ task: "embedding" }, [hidden, pooled]);
    const bare = await taskOf({ task: "embedding" }, [hidden]);

    expect(await predict(both, outputs)).toMatchObject({ embedding: Float32Array.of(3, 4) });
    expect(await predict(bare, outputs)).toMatchObject({ embedding: Float32Array.of(0, 1) });
  });

  test("takes texts of the length that its source says", async () => {
    const task = await taskOf({ maxLength: 7 });

    expect(task.ok && task.value.maxLength).toBe(7);
  });
});

describe("a task is refused, by file and mend,", () => {
  test("when text cannot fill an input", async () => {
    expect(await problem({}, [LOGITS], [...INPUTS, spec("pixels", [-1])])).toBe(
      "m/model.onnx: task text-classification cannot fill the input pixels; use `task: tensor` in model.yaml",
    );
  });

  test("when labels and columns differ in number", async () => {
    expect(await problem({ labels: ["no", "yes"] })).toBe(
      "m/model.onnx: the output logits has 3 columns and there are 2 labels; give `labels` in model.yaml or id2label in config.json",
    );
    expect(await problem({}, [spec("logits", [-1, -1])])).toContain("there are 0 labels");
  });

  test("when the output has another rank than the task needs", async () => {
    expect(await problem({}, [spec("y", [-1])])).toContain("needs an output [batch, labels]");
    expect(await problem({ task: "embedding" }, [spec("y", [-1])])).toContain("[batch, size] or");
  });

  test("when it is said to be pooled and is not", async () => {
    const task = { task: "embedding", pooling: "none" } as const;

    expect(await problem(task, [spec("hidden", [-1, -1, 2])])).toBe(
      "m/model.yaml: embedding.pooling is none, and the output hidden has a vector for each token; mend: say mean or cls",
    );
  });

  test("when its tokenizer is none", async () => {
    await using models = await writeModels({ files: { "tokenizer.json": '{"model": {}}' } });
    const tokenizerFile = join(models.folder, "tokenizer.json");

    expect(await problem({ tokenizerFile })).toStartWith(
      `${tokenizerFile}: not a usable tokenizer`,
    );
  });
});
