import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { handlerText, POSTPROCESS, PREPROCESS } from "@flotilla/testkit/handler-text";
import { addModel, mlpModel } from "@flotilla/testkit/onnx-builder";
import { accumulatorFiles } from "@flotilla/testkit/stateful-models";
import { startTestEngine } from "./start-test-engine.ts";

setDefaultTimeout(120_000);

type Files = Readonly<Record<string, string | Uint8Array>>;

/** What a start says that has this handler in it. */
async function problemsOf(handler: string, more: Files = {}): Promise<readonly string[]> {
  const files = { "sum/model.onnx": addModel(["batch", 2]), "sum/handler.ts": handler, ...more };
  return (await startTestEngine({ files })).problems;
}

const GOOD = PREPROCESS + POSTPROCESS;
const FILE = "models/sum/handler.ts";

describe("a start is refused by file, line and column where a handler", () => {
  test("does not parse", async () => {
    const [first] = await problemsOf(`export const handler = {\n  a: 1\n  b: 2,\n};\n`);

    expect(first).toBe(`${FILE}:3:3: Expected "}" but found "b"; mend: correct it`);
  });

  test("does not parse in a file that it imports", async () => {
    const handler = `import { a } from "./own.ts";\n${handlerText(GOOD)}export const b = a;`;

    expect(await problemsOf(handler, { "sum/own.ts": "export const a = ;" })).toEqual([
      expect.stringMatching(/^models\/sum\/own\.ts:1:\d+: .*; mend: correct it$/),
    ]);
  });

  test("imports what is not there", async () => {
    const missing = (line: string) => problemsOf(`${line}\n${handlerText(GOOD)}export { x };`);

    expect(await missing('import x from "nowhere-at-all";')).toEqual([
      `${FILE}:1:15: expected something to import, got nothing at nowhere-at-all; mend: add it to the package.json in the model's folder, and run \`flotilla models install\``,
    ]);
    expect(await missing('import x from "./nowhere.ts";')).toEqual([
      `${FILE}:1:15: expected something to import, got nothing at ./nowhere.ts; mend: put the file there`,
    ]);
    expect(await missing('import { x } from "@flotilla/handler";')).toEqual([
      `${FILE}:1:10: export 'x' not found in '@flotilla/handler'; mend: import another`,
    ]);
  });

  test("exports no handler, or something else as one", async () => {
    expect(await problemsOf("export const handle = 1;")).toEqual([
      `${FILE}:1:1: expected an export \`handler\`, got handle; mend: \`export const handler = defineHandler<Model>()({ … })\``,
    ]);
    expect(
      await problemsOf(
        'import { defineHandler } from "@flotilla/handler";\nexport const handler = defineHandler();',
      ),
    ).toEqual([
      `${FILE}:2:14: expected \`handler\` to be what defineHandler<Model>() gives, got a function; mend: call it twice, as defineHandler<Model>()({ … })`,
    ]);
  });

  test.each([
    [
      "an unknown field",
      `${GOOD}\n  preproces: 1,`,
      "11:3: preproces: expected no such field: did you mean preprocess?",
    ],
    [
      "a step that is no function",
      "preprocess: 1, postprocess: () => 1,",
      "6:3: preprocess: expected a function, got a number",
    ],
    [
      "no step before the run",
      POSTPROCESS,
      "3:14: handler: expected preprocess or preprocessBatch, got neither",
    ],
    [
      "two steps after it",
      `${GOOD} postprocessBatch: () => [],`,
      "10:3: postprocess: expected postprocess or postprocessBatch, got both",
    ],
    [
      "predict beside a model",
      "predict: () => 1,",
      "6:3: predict: expected no ONNX file beside it, but steps around its run",
    ],
  ])("has %s", async (_, steps, told) => {
    expect(await problemsOf(handlerText(steps))).toEqual([
      `${FILE}:${told}; mend: see docs/handlers.md`,
    ]);
  });

  test.each([
    [
      "is no JSON Schema",
      "t.Object({ at: t.Date() })",
      "input/properties/at: expected what JSON Schema has, got t.Date",
    ],
    [
      "would not be checked",
      't.Object({ at: t.String({ format: "email" }) })',
      "input/properties/at: expected no format, which nothing checks, but a pattern",
    ],
    [
      "is of no object",
      "t.Array(t.Number())",
      "input: expected a schema of objects, as t.Object makes",
    ],
    [
      "has `instances`",
      "t.Object({ instances: t.Number() })",
      "input: expected no property `instances`, which is how several inputs are sent at once",
    ],
  ])("has a schema that %s", async (_, schema, told) => {
    const text = handlerText(GOOD).replace(/t\.Object\(.*\),/, `${schema},`);

    expect(await problemsOf(text)).toEqual([`${FILE}:4:3: ${told}; mend: see docs/handlers.md`]);
  });

  test("has an example that it would not take, or cannot answer", async () => {
    const text = handlerText(GOOD);

    expect(await problemsOf(text.replace("{ x: 1 }", '{ x: "1" }'))).toEqual([
      `${FILE}:5:3: examples[0].x: expected number, got a string; mend: change examples[0]`,
    ]);
    expect(
      await problemsOf(handlerText(`${PREPROCESS}postprocess() { throw new Error("no"); },`)),
    ).toEqual([
      expect.stringMatching(
        /^models\/sum\/handler\.ts:10:\d+: its first example failed \(Error: no\); mend: give one that it answers$/,
      ),
    ]);
  });

  test("throws while it is loaded, or in setup", async () => {
    const set = handlerText(`setup() {\n    throw new Error("no labels");\n  },\n  ${GOOD}`);

    expect(await problemsOf(`throw new Error("not today");\n${handlerText(GOOD)}`)).toEqual([
      expect.stringMatching(/^models\/sum\/handler\.ts:1:\d+: threw Error: not today; mend: /),
    ]);
    expect(await problemsOf(set)).toEqual([
      expect.stringMatching(/^models\/sum\/handler\.ts:7:\d+: threw Error: no labels; mend: /),
    ]);
  });

  test("does not come to an end in setup, or with its example", async () => {
    const files = { "sum/model.yaml": "setup_timeout_ms: 300\nrun_timeout_ms: 300\n" };
    const forever = `setup: () => new Promise(() => {}),\n  ${GOOD}`;
    const endless = `preprocess: () => new Promise(() => {}),\n  ${POSTPROCESS}`;

    expect(await problemsOf(handlerText(forever), files)).toEqual([
      `${FILE}: its imports and its setup did not end within setup_timeout_ms (300); mend: raise setup_timeout_ms in model.yaml, or let it do less`,
    ]);
    expect(await problemsOf(handlerText(endless), files)).toEqual([
      "models/sum/model.onnx: an inference of its warm-up did not end within run_timeout_ms (300); mend: raise run_timeout_ms in model.yaml, or give a cheaper example",
    ]);
  });
});

describe("a start is refused where a handler", () => {
  const asks = (name: string) => handlerText(`uses: ["${name}"],\n  predict: () => 1,`);

  test("asks a model that is not there, keeps conversations or asks back", async () => {
    const files = {
      "a/handler.ts": asks("b"),
      "b/handler.ts": asks("c"),
      "c/handler.ts": asks("a"),
      "d/handler.ts": asks("nobody"),
      "e/handler.ts": asks("count"),
      ...accumulatorFiles("count"),
    };

    expect(await problemsOf(handlerText(GOOD), files)).toEqual([
      "models/c/handler.ts: uses: a: expected no circle, got a → b → c → a; mend: remove the name from one of them",
      "models/d/handler.ts: uses: nobody: expected a model that could be loaded, got none; mend: add it, or remove the name",
      "models/e/handler.ts: uses: count: expected a model without state, which is asked, not talked with; mend: remove the name",
    ]);
  });

  test("asks a model that it does not name", async () => {
    const files = {
      "a/handler.ts": handlerText(
        'predict: async (_, { predict }) => await predict("sum", { x: 1 }),',
      ),
    };

    expect(await problemsOf(handlerText(GOOD), files)).toEqual([
      expect.stringContaining("context.predict: sum is not in `uses`; mend: name it there"),
    ]);
  });

  test("stands beside a task, or what only a task has", async () => {
    const files = { "sum/model.yaml": "task: tensor\nlabels: [a]\nwarm_up: { text: hm }\n" };

    expect(await problemsOf(handlerText(GOOD), files)).toEqual([
      "models/sum/model.yaml:1: task: expected no task beside handler.ts, which is the task; mend: remove either",
      expect.stringContaining(
        "model.yaml:2: labels: expected only with task text-classification, got task handler",
      ),
      expect.stringContaining("model.yaml:3: warm_up.text: expected only with"),
    ]);
  });

  test("has no model, and steps around one", async () => {
    expect(
      await problemsOf(handlerText(GOOD), {
        "alone/handler.ts": handlerText(GOOD),
        "mlp/model.onnx": mlpModel([2, 2]),
      }),
    ).toEqual([
      "models/alone/handler.ts:6:3: preprocess: expected `predict` alone where there is no ONNX file; mend: see docs/handlers.md",
    ]);
  });
});
