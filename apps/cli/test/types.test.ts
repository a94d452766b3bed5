import { expect, setDefaultTimeout, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { mlpModel } from "@flotilla/testkit/onnx-builder";
import { writeModels } from "@flotilla/testkit/write-models";
import { SCORES, scoresHandler } from "./handler-folder.ts";
import { runFlotilla } from "./run-flotilla.ts";

setDefaultTimeout(60_000);

const types = (models: string, ...names: readonly string[]) =>
  runFlotilla({ arguments: ["types", ...names], settings: { models } });

test("types are written for models with a handler, and equal ones are left as they are", async () => {
  await using repository = await writeModels({
    files: {
      "scores/1/model.onnx": SCORES,
      "scores/2/model.onnx": SCORES,
      "scores/handler.ts": scoresHandler(),
      "plain/model.onnx": SCORES,
    },
  });
  const { folder } = repository;
  const file = join(folder, "scores/model.types.ts");

  expect(await types(folder)).toEqual({
    out: `${file} written\n${folder}/tsconfig.json written\n`,
    problems: "",
    code: 0,
  });
  expect(await Bun.file(file).text()).toContain('features: Tensor<"FP32", [number, 2]>;');
  const { mtimeMs } = statSync(file);

  expect((await types(folder)).out).toBe(`${file} is fresh\n`);
  expect(statSync(file).mtimeMs).toBe(mtimeMs);
  expect(await Bun.file(join(folder, "plain/model.types.ts")).exists()).toBe(false);
  expect((await types(folder, "plain")).out).toContain("plain/model.types.ts written");
});

test("a user's tsconfig.json stays as it is, and what it lacks is told", async () => {
  await using repository = await writeModels({
    files: {
      "scores/model.onnx": SCORES,
      "scores/handler.ts": scoresHandler(),
      "tsconfig.json": '{ "compilerOptions": { "strict": true } }',
    },
  });
  const { out } = await types(repository.folder);

  expect(out).toMatch(/tsconfig\.json: add to compilerOptions: "paths": \{"@flotilla\/handler":/);
  expect(await Bun.file(join(repository.folder, "tsconfig.json")).text()).toBe(
    '{ "compilerOptions": { "strict": true } }',
  );
});

test("what has no types is named, and the exit code is 2", async () => {
  await using repository = await writeModels({
    files: {
      "broken/model.onnx": "no ONNX",
      "broken/handler.ts": scoresHandler(),
      "versions/1/model.onnx": SCORES,
      "versions/2/model.onnx": mlpModel([5, 3]),
      "versions/handler.ts": scoresHandler(),
    },
  });
  const { problems, code } = await types(repository.folder);

  expect(problems).toContain("broken/model.onnx: ONNX Runtime cannot load it");
  expect(problems).toContain(
    "versions/handler.ts: expected equal inputs and outputs of versions 1 and 2, which share it",
  );
  expect(code).toBe(2);
  expect(await types(repository.folder, "brokn")).toMatchObject({
    problems: "no model is called brokn; mend: did you mean broken?\n",
    code: 2,
  });
});
