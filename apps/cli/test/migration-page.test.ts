import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { loadModel } from "@flotilla/testing";
import { mlpModel } from "@flotilla/testkit/onnx-builder";
import { writeModels } from "@flotilla/testkit/write-models";
import { runFlotilla } from "./run-flotilla.ts";

setDefaultTimeout(60_000);

const PAGE = join(import.meta.dir, "../../../docs/migrating-from-fastapi.md");

test("the handler on docs/migrating-from-fastapi.md is checked, and does what the page says", async () => {
  const [, handler = ""] = /```ts\n(.*?)```/s.exec(await Bun.file(PAGE).text()) ?? [];
  await using repository = await writeModels({
    files: {
      "iris/model.onnx": mlpModel([2, 3]),
      "iris/handler.ts": handler,
      "iris/labels.txt": "setosa\nversicolor\nvirginica\n",
    },
  });
  const { folder: models } = repository;
  const checked = await runFlotilla({ arguments: ["check"], settings: { models } });
  expect([checked.problems, checked.code]).toEqual(["", 0]);

  await using iris = await loadModel(join(models, "iris"));
  expect(await iris.predict({ petal_length_cm: 9, petal_width_cm: 2 })).toEqual({
    species: "virginica",
    probability: expect.any(Number),
    clipped: true,
  });
  expect(await iris.preprocess({ petal_length_cm: 9, petal_width_cm: 2 })).toMatchObject({
    features: { data: Float32Array.of(7, 2) },
  });
  const refused = await iris
    .predict({ petal_length_cm: 1, petal_width_cm: 2 })
    .catch((error: unknown) => error);
  expect(refused).toMatchObject({ message: "a petal is longer than wide", status: 422 });
});
