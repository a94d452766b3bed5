import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import {
  addModel,
  identityModel,
  mlpModel,
  nanModel,
  sumRowsModel,
  throwingModel,
} from "@flotilla/testkit/onnx-builder";
import { lacksMinilm, MINILM, SENTIMENT, WITH_MINILM } from "@flotilla/testkit/shared-models";
import { loadModels } from "../../test/load-models.ts";

setDefaultTimeout(120_000);

async function observe(...[models, options]: Parameters<typeof loadModels>) {
  const { models: loaded, problems } = await loadModels(models, options);
  expect(problems).toEqual([]);
  return Object.fromEntries(
    loaded.map(({ model, mixes }) => [model.name, { batch: model.batch, mixes }]),
  );
}

describe("requests share a run", () => {
  test("where the rows' answers are what they are alone", async () => {
    const { text, ...tensors } = await observe({
      files: {
        "add/model.onnx": addModel(["batch", 3]),
        "mlp/model.onnx": mlpModel([8, 16, 2]),
        "strings/model.onnx": identityModel({ type: "BYTES", shape: ["batch"] }),
        // Answers no other index than 0 to 3, and its zeros with NaN.
        "picky/model.onnx": throwingModel(),
        "ratio/model.onnx": nanModel(),
      },
      links: { text: SENTIMENT },
    });
    const shared = { batch: "dynamic", mixes: true } as const;

    expect(text).toEqual(shared);
    expect(tensors).toEqual({
      add: shared,
      mlp: shared,
      strings: shared,
      picky: shared,
      ratio: shared,
    });
  });

  test("also where a row is a million numbers", async () => {
    const large = await observe({
      files: { "large/model.onnx": identityModel({ type: "FP32", shape: ["batch", 1_000_000] }) },
    });

    expect(large).toEqual({ large: { batch: "dynamic", mixes: true } });
  });

  test("not where the first dimension, though variable, is no batch", async () => {
    expect(await observe({ files: { "sum/model.onnx": sumRowsModel() } })).toEqual({
      sum: { batch: "none", mixes: false },
    });
  });

  test("not where the ONNX file fixes the batch or has none", async () => {
    const observed = await observe({
      files: {
        "fixed/model.onnx": identityModel({ type: "FP32", shape: [4, 2] }),
        "scalar/model.onnx": identityModel({ type: "FP32", shape: [] }),
        "vector/model.onnx": identityModel({ type: "FP32", shape: [4] }),
      },
    });

    expect(observed).toEqual({
      fixed: { batch: 4, mixes: false },
      scalar: { batch: "none", mixes: false },
      vector: { batch: "none", mixes: false },
    });
  });

  test("not where model.yaml forbids it", async () => {
    const observed = await observe({
      files: {
        "mlp/model.onnx": mlpModel([8, 2]),
        "mlp/model.yaml": "batching: {mix: never}\n",
      },
    });

    expect(observed).toEqual({ mlp: { batch: "dynamic", mixes: false } });
  });

  test("where model.yaml says so and there is a batch at all", async () => {
    const observed = await observe({
      files: {
        "sum/model.onnx": sumRowsModel(),
        "sum/model.yaml": "batching: {mix: always}\n",
      },
    });

    expect(observed).toEqual({ sum: { batch: "none", mixes: false } });
  });
});

describe.skipIf(lacksMinilm)(`${WITH_MINILM}, quantised over the whole batch,`, () => {
  test("keeps requests apart, unless model.yaml says otherwise", async () => {
    const files = ["config.json", "tokenizer.json", "tokenizer_config.json", "model_int8.onnx"];
    const linked = files.map((name) => [`mixed/${name}`, join(MINILM, name)]);
    const observed = await observe({
      files: { "mixed/model.yaml": "batching: {mix: always}\n" },
      links: { apart: MINILM, ...Object.fromEntries(linked) },
    });

    expect(observed).toEqual({
      apart: { batch: "dynamic", mixes: false },
      mixed: { batch: "dynamic", mixes: true },
    });
  });
});
