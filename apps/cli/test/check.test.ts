import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeModels } from "@flotilla/testkit/write-models";
import { SCORES, scoresHandler } from "./handler-folder.ts";
import { runFlotilla } from "./run-flotilla.ts";

setDefaultTimeout(60_000);

async function check(files: Readonly<Record<string, string>>, ...more: readonly string[]) {
  await using repository = await writeModels({
    files: { "scores/model.onnx": SCORES, ...files },
  });
  const { folder } = repository;
  const ran = await runFlotilla({ arguments: ["check", ...more], settings: { models: folder } });
  const plain = (text: string) => text.replaceAll(folder, "models");
  return { out: plain(ran.out), problems: plain(ran.problems), code: ran.code };
}

/** Where in a text something stands, as a problem says it. */
function placeOf(text: string, part: string): string {
  const lines = text.slice(0, text.indexOf(part)).split("\n");
  return `${lines.length}:${(lines.at(-1) ?? "").length + 1}`;
}

test("what is right is counted", async () => {
  expect(await check({ "scores/handler.ts": scoresHandler() })).toEqual({
    out: [
      "models/scores/model.types.ts written",
      "models/tsconfig.json written",
      "checked 1 model and 1 handler: nothing is wrong",
      "",
    ].join("\n"),
    problems: "",
    code: 0,
  });
});

test("no code of a handler is run where handlers are off", async () => {
  await using repository = await writeModels({
    files: {
      "scores/model.onnx": SCORES,
      "scores/handler.ts": `console.log("it ran");\n${scoresHandler()}`,
      "scores/package.json": '{ "scripts": { "postinstall": "touch it-ran" } }',
    },
  });
  const settings = { models: repository.folder, handlers: "off" } as const;
  const run = (...words: readonly string[]) => runFlotilla({ arguments: words, settings });

  expect(await run("check")).toEqual({
    out: "",
    problems: expect.stringContaining(
      "expected no handler, since handlers (FLOTILLA_HANDLERS) is off",
    ),
    code: 2,
  });
  expect(await run("models", "install", "--update")).toMatchObject({
    problems: expect.stringContaining("nothing is installed"),
    code: 2,
  });
  expect(await Bun.file(`${repository.folder}/scores/it-ran`).exists()).toBe(false);
});

describe("a handler is refused, with file, line and column, that", () => {
  test.each([
    {
      it: "names a tensor wrongly",
      parts: { preprocess: 'feature: makeTensor("FP32", [1, 2], [width, height])' },
      at: "preprocess:",
      message: /=> { feature: Tensor.* is not assignable/,
    },
    {
      it: "fills one from another typed array",
      parts: {
        preprocess: 'features: makeTensor("FP32", [1, 2], new Float64Array([width, height]))',
      },
      at: "new Float64Array",
      message: /'Float64Array<ArrayBuffer>' is not assignable/,
    },
    {
      it: "makes one of another size",
      parts: { preprocess: 'features: makeTensor("FP32", [1, 3], [width, height, 1])' },
      at: "preprocess:",
      message: /is not assignable/,
    },
    {
      it: "does not parse",
      parts: { preprocess: "features: (" },
      at: "}),\n  post",
      message: /Expression expected/,
    },
    {
      it: "imports what is not installed",
      parts: { imports: 'import pad from "no-such-package"; pad();' },
      at: '"no-such-package"',
      message: /Cannot find module.*flotilla models install/,
    },
  ])("$it", async ({ parts, at, message }) => {
    const text = scoresHandler(parts);
    const { problems, code } = await check({ "scores/handler.ts": text });
    const [first = ""] = problems.split("\n");

    expect(first).toStartWith(`models/scores/handler.ts:${placeOf(text, at)}: `);
    expect(first).toMatch(message);
    expect(code).toBe(2);
  });

  test("has a field past its types", async () => {
    const text = scoresHandler({ imports: "const more: object = { exampels: 1 };" });
    const { problems } = await check({
      "scores/handler.ts": text.replace("()({", "()({\n  ...more,"),
    });

    expect(problems).toContain("exampels: expected no such field: did you mean examples?");
  });

  test("uses a model that is not there", async () => {
    const text = `import { defineHandler, t } from "@flotilla/handler";
export const handler = defineHandler()({
  input: t.Object({}),
  examples: [{}],
  uses: ["scors"],
  predict: () => 1,
});
`;
    const { problems } = await check({ "pipeline/handler.ts": text });

    expect(problems).toContain("pipeline/handler.ts: uses: scors: ");
  });
});

test("old types and a wrong model.yaml are named too, and all of it as JSON", async () => {
  const { out, problems, code } = await check(
    {
      "scores/handler.ts": scoresHandler(),
      "scores/model.types.ts": "export interface Model {}\n",
      "other/model.yaml": "\ntusk: tensor\n",
    },
    "--json",
  );

  expect(JSON.parse(out)).toEqual({
    models: 1,
    handlers: 1,
    notes: ["models/tsconfig.json written"],
    problems: [
      {
        file: "models/other/model.yaml",
        line: 2,
        message: expect.stringContaining("tusk: unknown key"),
      },
      {
        file: "models/scores/model.types.ts",
        line: 1,
        column: 1,
        message: "expected what the ONNX file says, got other types; they are written anew",
      },
    ],
  });
  expect([problems, code]).toEqual(["", 2]);
});

test("a tsconfig.json of its user that hides a handler, or Flotilla's packages, is named", async () => {
  const handler = { "scores/handler.ts": scoresHandler() };

  expect((await check({ ...handler, "tsconfig.json": '{ "include": [] }' })).problems).not.toBe("");
  expect(
    await check({ ...handler, "tsconfig.json": '{ "files": ["scores/model.types.ts"] }' }),
  ).toMatchObject({
    problems: expect.stringContaining(
      "models/scores/handler.ts: models/tsconfig.json leaves it out",
    ),
  });
  expect(await check({ ...handler, "tsconfig.json": "{}" })).toMatchObject({
    problems: expect.stringContaining("mend: add its path to models/tsconfig.json"),
  });
});
