import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { handlerText, POSTPROCESS, PREPROCESS } from "@flotilla/testkit/handler-text";
import { addModel, identityModel, mlpModel } from "@flotilla/testkit/onnx-builder";
import { lacksMinilm, MINILM, WITH_MINILM } from "@flotilla/testkit/shared-models";
import { accumulatorFiles } from "@flotilla/testkit/stateful-models";
import { waitUntil } from "@flotilla/testkit/wait-until";
import type { TaskInput } from "../src/inference-request.ts";
import type { Tensors } from "../src/tensor.ts";
import { loadModels } from "./load-models.ts";
import { startTestEngine } from "./start-test-engine.ts";

setDefaultTimeout(120_000);

type Files = Readonly<Record<string, string | Uint8Array>>;

/** `sum` adds `a` and `b`, [batch, 2] each. */
async function start(handler: string, more: Files = {}) {
  const files = {
    "sum/model.onnx": addModel(["batch", 2]),
    "sum/handler.ts": handler,
    ...more,
  };
  const engine = await startTestEngine({ files });
  expect(engine.problems).toEqual([]);
  const predict = async (input: TaskInput, model = "sum") => {
    const outcome = await engine.ask(model, { kind: "inputs", inputs: [input] });
    if (!outcome.ok) return outcome.failure;
    const { output } = outcome.value;
    const [first] = output.kind === "predictions" ? output.predictions : [];
    return first?.kind === "json" ? JSON.parse(first.json) : first;
  };
  return { ...engine, predict };
}

describe("a handler", () => {
  test("turns an input into tensors and outputs into an answer", async () => {
    const { predict, engine } = await start(handlerText(PREPROCESS + POSTPROCESS));

    expect(await predict({ x: 4 })).toEqual({ sums: [5, 6] });
    expect(engine.models[0]).toMatchObject({
      task: "handler",
      batch: "dynamic",
      takes: { examples: [{ x: 1 }, { x: -2.5 }], accepts: [] },
    });
  });

  test("works as docs/handlers.md shows it", async () => {
    const page = await Bun.file(join(import.meta.dir, "../../../docs/handlers.md")).text();
    const [, shown = ""] = /```ts\n(.*?)```/s.exec(page) ?? [];
    const { predict } = await start(shown, {
      "sum/model.onnx": mlpModel([2, 3]),
      "sum/labels.txt": "setosa\nversicolor\nvirginica\n",
    });

    expect(await predict({ petal_length_cm: 4.2, petal_width_cm: 1.3 })).toEqual({
      species: expect.stringMatching(/^(setosa|versicolor|virginica)$/),
      probability: expect.any(Number),
    });
    expect(await predict({ petal_length_cm: 1, petal_width_cm: 2 })).toMatchObject({
      kind: "rejected-input",
      detail: "a petal is longer than wide",
    });
  });

  test("has what its setup gave, its folder and its input at hand, and may be asynchronous", async () => {
    const { predict } = await start(
      handlerText(`
  async setup({ folder, name, version }) {
    return { unit: await Bun.file(folder + "/unit.txt").text(), of: name + "/" + version };
  },
  async preprocess({ x }) {
    await Bun.sleep(1);
    return { a: makeTensor("FP32", [1, 2], [x, x]), b: makeTensor("FP32", [1, 2]) };
  },
  async postprocess({ sum }, { resources, input, tensors }) {
    await Bun.sleep(1);
    return { sum: sum.data[0], x: input.x, a: tensors.a.data, ...resources };
  },`),
      { "sum/unit.txt": "cm" },
    );

    expect(await predict({ x: 3 })).toEqual({ sum: 3, x: 3, a: [3, 3], unit: "cm", of: "sum/1" });
  });

  test("lies in the model's folder for all versions, or in a version's own", async () => {
    const { ask } = await start("", {
      "sum/handler.ts": handlerText(`${PREPROCESS}postprocess: () => "the model's",`),
      "sum/1/model.onnx": addModel(["batch", 2]),
      "sum/2/model.onnx": addModel(["batch", 2]),
      "sum/2/handler.ts": handlerText(`${PREPROCESS}postprocess: () => "the version's",`),
    });
    const said = await Promise.all(
      [1, 2].map((version) => ask("sum", { kind: "inputs", inputs: [{ x: 1 }] }, { version })),
    );

    expect(said.map((one) => one.ok && one.value.output)).toMatchObject([
      { predictions: [{ json: `"the model's"` }] },
      { predictions: [{ json: `"the version's"` }] },
    ]);
  });

  test("takes the bytes of what it accepts, and is tried with a file", async () => {
    const { predict } = await start(
      `import { defineHandler, makeTensor } from "@flotilla/handler";
export const handler = defineHandler()({
  accepts: ["image/png", "application/octet-stream"],
  examples: [{ file: "two.bin", mediaType: "application/octet-stream" }],
  preprocess: ({ data }) => ({
    a: makeTensor("FP32", [1, 2], Array.from(data.subarray(0, 2))),
    b: makeTensor("FP32", [1, 2]),
  }),
  postprocess: ({ sum }, { input }) => [input.mediaType, ...sum.data],
});`,
      { "sum/two.bin": Uint8Array.of(1, 2) },
    );

    expect(await predict({ data: Uint8Array.of(7, 8, 9), mediaType: "image/png" })).toEqual([
      "image/png",
      7,
      8,
    ]);
  });

  test("without an ONNX file asks other models: by text, by tensors, by what their handlers take", async () => {
    const { predict, engine } = await start(handlerText(PREPROCESS + POSTPROCESS), {
      "double/model.onnx": identityModel({ type: "FP32", shape: ["batch", 1] }),
      "all/handler.ts": `import { defineHandler, makeTensor, t } from "@flotilla/handler";
export const handler = defineHandler()({
  input: t.Object({ x: t.Number() }),
  examples: [{ x: 1 }],
  uses: ["sum", "double"],
  async predict({ x }, { predict }) {
    const { sums } = await predict<{ sums: number[] }>("sum", { x });
    const { y } = await predict<any>("double", { x: makeTensor("FP32", [1, 1], [x]) });
    return { sums, same: y.data };
  },
});`,
    });

    expect(await predict({ x: 2 }, "all")).toEqual({ sums: [3, 4], same: [2] });
    const asked = Date.now();
    const probed = () => engine.health().every(({ lastInferenceAt }) => lastInferenceAt > asked);
    await waitUntil("every model was probed", probed);
    expect(engine.health().filter(({ ready }) => !ready)).toEqual([]);
  });

  test("of a model with state sees it before the turn, and may change what the next turn is given", async () => {
    const { ask } = await start("", {
      "sum/handler.ts": handlerText(PREPROCESS + POSTPROCESS),
      ...accumulatorFiles("count"),
      "count/handler.ts": `import { defineHandler, makeTensor, t } from "@flotilla/handler";
export const handler = defineHandler()({
  input: t.Object({ add: t.Integer() }),
  examples: [{ add: 1 }],
  preprocess: ({ add }) => ({ x: makeTensor("INT64", [1, 1], [BigInt(add)]) }),
  postprocess({ sum }, { input, state, nextState }) {
    if (input.add === 0) nextState.total = makeTensor("INT64", [1, 1], [100n]);
    return { before: state.total.data, sum: sum.data };
  },
});`,
    });
    let state: Tensors | undefined;
    const said: unknown[] = [];
    for (const add of [4, 0, 1]) {
      const question = { kind: "inputs", inputs: [{ add }] } as const;
      const outcome = await ask("count", { kind: "turn", question, state });
      if (!outcome.ok) throw new Error(outcome.failure.detail);
      const { output } = outcome.value;
      const [first] = output.kind === "predictions" ? output.predictions : [];
      said.push(first?.kind === "json" && JSON.parse(first.json));
      state = output.state;
    }

    expect(said).toEqual([
      { before: [0], sum: [4] },
      { before: [4], sum: [4] },
      { before: [100], sum: [101] },
    ]);
  });
});

describe("requests to a handler", () => {
  /** Asked while the worker is busy, they are there together when it is free. */
  async function gathered(handler: string, inputs: readonly TaskInput[], files: Files = {}) {
    const { predict, batches } = await start(handler, files);
    const first = predict(inputs[0] ?? {});
    const answers = await Promise.all(inputs.map((input) => predict(input)));
    await first;
    return { answers, rows: batches.map((batch) => batch.rows) };
  }

  test("share a run, each with its own row; what one is refused for is that one's alone", async () => {
    const handler = handlerText(`
  preprocess({ x }) {
    if (x === 13) throw new RejectedInput("thirteen brings bad luck");
    if (x === 14) throw new Error("secret");
    return { a: makeTensor("FP32", [1, 2], [x, x]), b: makeTensor("FP32", [1, 2]) };
  },
  postprocess({ sum }, { input, tensors }) {
    if (input.x === 15) return { sum: Number.NaN };
    return { sum: sum.data[0], a: tensors.a.data };
  },`);
    const files = { "sum/model.onnx": addModel(["batch", 2]), "sum/handler.ts": handler };
    const { worker } = await loadModels({ files });
    const parts = [1, 13, 2, 14, 15, 3].map((x) => ({ kind: "inputs", inputs: [{ x }] }) as const);
    const ran = await worker.run({ model: 0, parts, runTimeoutMs: 60_000 });
    const answer = (json: string) => ({
      kind: "predictions",
      predictions: [{ kind: "json", json }],
    });

    expect(ran.ok && ran.outputs).toMatchObject([
      answer('{"sum":1,"a":[1,1]}'),
      { failure: { kind: "rejected-input", detail: "thirteen brings bad luck" } },
      answer('{"sum":2,"a":[2,2]}'),
      {
        failure: {
          kind: "inference-failed",
          detail:
            "the handler of sum failed in preprocess; the log has the error by this request's id",
          report: expect.stringMatching(/secret.*sum\/handler\.ts:8:\d+/s),
        },
      },
      {
        failure: {
          kind: "inference-failed",
          detail:
            "the handler of sum: postprocess: the prediction.sum: NaN, which JSON cannot carry",
        },
      },
      answer('{"sum":3,"a":[3,3]}'),
    ]);
  });

  test("share as many runs as their tensors have shapes", async () => {
    const { answers } = await gathered(
      `import { defineHandler, makeTensor, t } from "@flotilla/handler";
export const handler = defineHandler()({
  input: t.Object({ text: t.String() }),
  examples: [{ text: "12" }, { text: "345" }],
  preprocess: ({ text }) => ({ x: makeTensor("FP32", [1, text.length], Array.from(text, Number)) }),
  postprocess: ({ y }) => y.data,
});`,
      ["12", "345", "67", "8"].map((text) => ({ text })),
      { "sum/model.onnx": identityModel({ type: "FP32", shape: ["batch", "letters"] }) },
    );

    expect(answers).toEqual([[1, 2], [3, 4, 5], [6, 7], [8]]);
  });

  test("may be prepared and answered as a whole batch, and run one by one where that fails", async () => {
    const batches = `
  preprocessBatch(inputs) {
    if (inputs.some(({ x }) => x === 13)) throw new RejectedInput("thirteen", { status: 400 });
    const rows = inputs.map(({ x }) => makeTensor("FP32", [2], [x, x]));
    return { a: stack(rows), b: makeTensor("FP32", [inputs.length, 2]) };
  },
  postprocessBatch: ({ sum }, { inputs }) => inputs.map((_, row) => slice(sum, row).data[0]),`;
    const { answers } = await gathered(
      handlerText(batches),
      [1, 13, 2, 3].map((x) => ({ x })),
    );

    expect(answers).toMatchObject([1, { kind: "invalid-input", detail: "thirteen" }, 2, 3]);
  });

  test("run alone where the answers would depend on the company", async () => {
    const { answers, rows } = await gathered(
      `import { defineHandler, makeTensor, t } from "@flotilla/handler";
export const handler = defineHandler()({
  input: t.Object({ x: t.Number() }),
  examples: [{ x: 1 }, { x: 5 }],
  preprocessBatch: (inputs) => ({ features: makeTensor("FP32", [inputs.length, 1], inputs.map(({ x }) => x)) }),
  postprocessBatch: (_, { tensors, inputs }) =>
    inputs.map(({ x }) => x / tensors.features.data.reduce((sum, one) => sum + one, 0)),
});`,
      [1, 2, 3].map((x) => ({ x })),
      { "sum/model.onnx": mlpModel([1, 2]) },
    );

    expect(answers).toEqual([1, 1, 1]);
    expect(Math.max(...rows)).toBe(1);
  });
});

describe.skipIf(lacksMinilm)(`a handler of ${WITH_MINILM}`, () => {
  test("shares no run, whatever its examples: the model's own answers depend on the company", async () => {
    const files = ["tokenizer.json", "model_int8.onnx"].map((name) => [
      `m/${name}`,
      join(MINILM, name),
    ]);
    const { models, problems } = await loadModels({
      links: Object.fromEntries(files),
      files: {
        "m/handler.ts": `import { defineHandler, makeTensor, t } from "@flotilla/handler";
const row = (ids) => makeTensor("INT64", [1, ids.length], ids.map(BigInt));
export const handler = defineHandler()({
  input: t.Object({ ids: t.Array(t.Integer()) }),
  examples: [{ ids: [101, 2023, 2003, 102] }],
  preprocess: ({ ids }) => ({
    input_ids: row(ids),
    attention_mask: row(ids.map(() => 1)),
  }),
  postprocess: () => 1,
});`,
      },
    });

    expect(problems).toEqual([]);
    expect(models.map(({ model, mixes }) => [model.batch, mixes])).toEqual([["dynamic", false]]);
  });
});

describe("a handler that gives", () => {
  const WRONG = [
    ["no tensors", "null", "expected tensors by name, got null"],
    ["no such tensor", "({ a: ok, c: ok })", "missing: inputs.b"],
    [
      "one too many",
      "({ a: ok, b: ok, c: ok })",
      "expected no inputs but inputs.a, inputs.b, got 1 more",
    ],
    [
      "what is no tensor",
      "({ a: [1, 2], b: ok })",
      "inputs.a: expected a tensor { datatype, shape, data }, as makeTensor makes it",
    ],
    [
      "another element type",
      "({ a: makeTensor('FP64', [1, 2]), b: ok })",
      "inputs.a: expected datatype FP32, got FP64",
    ],
    [
      "another array",
      "({ a: { ...ok, data: new Float64Array(2) }, b: ok })",
      "inputs.a: expected Float32Array for FP32, got Float64Array",
    ],
    [
      "another dimension",
      "({ a: makeTensor('FP32', [1, 3]), b: ok })",
      "inputs.a: expected dimension 1 to be 2, got 3",
    ],
    [
      "several rows",
      "({ a: makeTensor('FP32', [2, 2]), b: makeTensor('FP32', [2, 2]) })",
      "inputs.a: expected 1 row, got 2",
    ],
  ] as const;

  test.each(WRONG)(
    "%s is told which, what was expected and what it gave",
    async (_, made, told) => {
      const { predict } = await start(
        handlerText(`
  preprocess({ x }) {
    const ok = makeTensor("FP32", [1, 2], [x, x]);
    return x === 9 ? ${made} : { a: ok, b: ok };
  },
  ${POSTPROCESS}`),
      );

      expect(await predict({ x: 9 })).toMatchObject({
        kind: "inference-failed",
        detail: `the handler of sum: preprocess: ${told}`,
      });
      expect(await predict({ x: 1 })).toEqual({ sums: [2, 2] });
    },
  );

  test("another number of predictions, or another state, is told so", async () => {
    const few = handlerText(`${PREPROCESS}
  postprocessBatch: (_, { inputs }) => (inputs[0].x === 9 ? [] : inputs.map(() => 1)),`);
    const { predict } = await start(few, {
      ...accumulatorFiles("count"),
      "count/handler.ts": `import { defineHandler, makeTensor, t } from "@flotilla/handler";
export const handler = defineHandler()({
  input: t.Object({ x: t.Number() }),
  examples: [{ x: 1 }],
  preprocess: () => ({ x: makeTensor("INT64", [1, 1]) }),
  postprocess: (_, { input, nextState }) => {
    if (input.x === 9) nextState.total = makeTensor("FP32", [1, 1]);
    return 1;
  },
});`,
    });

    expect(await predict({ x: 9 })).toMatchObject({
      detail:
        "the handler of sum: postprocessBatch: expected an array of 1, one for each input, got 0",
    });
  });
});
