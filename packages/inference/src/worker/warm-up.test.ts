import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { addModel, mlpModel, sumRowsModel } from "@flotilla/testkit/onnx-builder";
import { SENTIMENT } from "@flotilla/testkit/shared-models";
import { loadModels } from "../../test/load-models.ts";

setDefaultTimeout(120_000);

describe("a warm-up", () => {
  test("names every input in model.yaml that the model has not, lacks or gives wrongly", async () => {
    const { problems } = await loadModels({
      files: {
        "sum/1/model.onnx": addModel(["batch", 2]),
        "sum/model.yaml": "warm_up:\n  inputs: {a: [[1, two]], c: [1]}\n",
      },
    });

    expect(problems).toEqual([
      "models/sum/model.yaml: warm_up.inputs.c: the model has no such input; mend: remove it",
      expect.stringMatching(/^models\/sum\/model\.yaml: warm_up\.inputs\.a\[0\]\[1\]: .*; mend: /),
      expect.stringMatching(/^models\/sum\/model\.yaml: warm_up\.inputs\.b: .*; mend: /),
    ]);
  });

  test("measures batches of one length for tensors, of several for texts", async () => {
    const { models } = await loadModels(
      { files: { "mlp/model.onnx": mlpModel([8, 2]) }, links: { text: SENTIMENT } },
      { batchLimit: 16 },
    );
    const [mlp, text] = models.map(({ costs }) => costs);
    const lengths = (text ?? []).map(({ length }) => length);

    expect(mlp?.map(({ rows, length }) => [rows, length])).toEqual([
      [1, 8],
      [4, 8],
      [16, 8],
    ]);
    expect(lengths[0]).toBe(8);
    expect(new Set(lengths).size).toBeGreaterThan(1);
    for (const { ms } of [...(mlp ?? []), ...(text ?? [])]) expect(ms).toBeGreaterThan(0);
  });

  test("leaves the largest batches of texts to the lines that the others draw", async () => {
    const { models } = await loadModels({ links: { text: SENTIMENT } });
    const cells = models[0]?.costs.map(({ rows, length }) => `${rows}x${length}`) ?? [];

    expect(cells).toContain("16x8");
    expect(cells).not.toContain("16x128");
    expect(cells).not.toContain("64x32");
  });

  test("measures single requests only where they do not share a run", async () => {
    const { models } = await loadModels({ files: { "sum/model.onnx": sumRowsModel() } });

    expect(models[0]?.costs.map(({ rows }) => rows)).toEqual([1]);
  });
});
