import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { makeTensor, RejectedInput } from "@flotilla/handler";
import { addModel } from "@flotilla/testkit/onnx-builder";
import { accumulatorFiles } from "@flotilla/testkit/stateful-models";
import { type ModelFolder, writeModels } from "@flotilla/testkit/write-models";
import { loadModel } from "../src/api.ts";

setDefaultTimeout(60_000);

const SUM = `import { defineHandler, makeTensor, RejectedInput, t } from "@flotilla/handler";
export const handler = defineHandler()({
  input: t.Object({ x: t.Number() }, { additionalProperties: false }),
  accepts: ["application/octet-stream"],
  examples: [{ x: 1 }],
  setup: ({ name }) => name,
  preprocess(input) {
    const x = "data" in input ? input.data.length : input.x;
    if (x < 0) throw new RejectedInput("x is below 0");
    if (x === 7) throw new TypeError("I did not think of 7");
    return { a: makeTensor("FP32", [1, 2], [x, x]), b: makeTensor("FP32", [1, 2], [1, 2]) };
  },
  postprocess: ({ sum }, { resources, tensors }) => ({ sums: sum.data, of: resources, a: tensors.a.data }),
});
`;

const PIPELINE = `import { defineHandler, t } from "@flotilla/handler";
export const handler = defineHandler()({
  input: t.Object({ y: t.Number() }),
  examples: [{ y: 1 }],
  uses: ["sum"],
  predict: async ({ y }, { predict }) => ({ asked: await predict("sum", { x: y }) }),
});
`;

const TOTAL = `import { defineHandler, makeTensor, t } from "@flotilla/handler";
export const handler = defineHandler()({
  input: t.Object({ x: t.Integer() }),
  examples: [{ x: 1 }],
  preprocess: ({ x }) => ({ x: makeTensor("INT64", [1, 1], [BigInt(x)]) }),
  postprocess: ({ sum }) => ({ total: sum.data[0] }),
});
`;

let repository: ModelFolder;
beforeAll(async () => {
  repository = await writeModels({
    files: {
      "sum/model.onnx": addModel(["batch", 2]),
      "sum/handler.ts": SUM,
      "pipeline/handler.ts": PIPELINE,
      "circle/handler.ts": PIPELINE.replace('"sum"', '"circle"'),
      "broken/handler.ts": "export const handler = 1;\n",
      "wrong/model.yaml": "tusk: tensor",
      ...accumulatorFiles("total"),
      "total/handler.ts": TOTAL,
    },
  });
});
afterAll(() => repository[Symbol.asyncDispose]());

const load = (name: string) => loadModel(join(repository.folder, name));

test("a prediction is what a client gets, of JSON and of bytes", async () => {
  await using model = await load("sum");

  expect(await model.predict({ x: 4 })).toEqual({ sums: [5, 6], of: "sum", a: [4, 4] });
  expect(
    await model.predict({ data: new Uint8Array(3), mediaType: "application/octet-stream" }),
  ).toMatchObject({ sums: [4, 5] });
});

test("each step can be asked alone", async () => {
  await using model = await load("sum");

  expect(await model.preprocess({ x: 4 })).toEqual({
    a: makeTensor("FP32", [1, 2], [4, 4]),
    b: makeTensor("FP32", [1, 2], [1, 2]),
  });
  const outputs = { sum: makeTensor("FP32", [1, 2], [8, 9]) };
  expect(await model.postprocess(outputs, { x: 4 })).toMatchObject({ sums: [8, 9], a: [4, 4] });
});

test("what a client would be refused with is thrown, and a mistake with its place", async () => {
  await using model = await load("sum");
  const thrown = (input: unknown) => model.predict(input).catch((error: unknown) => error);

  expect(await thrown({ x: -1 })).toEqual(new RejectedInput("x is below 0"));
  expect(await thrown({ x: "1" })).toEqual(
    new RejectedInput("x: expected number, got a string", { status: 400 }),
  );
  expect(await thrown(null)).toBeInstanceOf(RejectedInput);
  expect(await model.preprocess({ x: -1 }).catch((error: unknown) => error)).toEqual(
    new RejectedInput("x is below 0"),
  );
  expect(String(await thrown({ x: 7 }))).toMatch(/I did not think of 7.*sum\/handler\.ts:10/s);
});

test("a pipeline finds the models beside it", async () => {
  await using model = await load("pipeline");

  expect(await model.predict({ y: 1 })).toMatchObject({ asked: { sums: [2, 3] } });
});

test("a conversation's turns hand their state on", async () => {
  await using model = await load("total");
  const first = await model.turn({ x: 2 });
  const second = await model.turn({ x: 3 }, first.state);

  expect([first.prediction, second.prediction]).toEqual([{ total: 2 }, { total: 5 }]);
});

test("what a start would refuse is thrown, and nothing of its neighbours", async () => {
  const thrown = async (name: string) => await load(name).then(String, String);

  expect(await thrown("broken")).toContain("broken/handler.ts:1:14: expected `handler` to be what");
  expect(await thrown("circle")).toContain("expected no circle, got circle → circle");
  expect(await thrown("wrong")).toContain("wrong/model.yaml:1: tusk: unknown key");
  expect(await thrown("nowhere")).toContain("nowhere: expected a model's folder, got none");
});
