import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { writeModels } from "@flotilla/testkit/write-models";
import { SCORES, scoresHandler } from "./handler-folder.ts";
import { runFlotilla } from "./run-flotilla.ts";

setDefaultTimeout(60_000);

test("what handlers import is installed by its lockfile, which is written only when asked for", async () => {
  await using repository = await writeModels({
    files: {
      "scores/model.onnx": SCORES,
      "scores/handler.ts": scoresHandler({
        imports: 'import { UNIT } from "units"; UNIT satisfies string;',
      }),
      "scores/package.json": '{ "dependencies": { "units": "file:../.units" } }',
      ".units/package.json": '{ "name": "units", "version": "1.0.0", "exports": "./units.ts" }',
      ".units/units.ts": 'export const UNIT = "cm";',
    },
  });
  const { folder } = repository;
  const run = (...words: readonly string[]) =>
    runFlotilla({ arguments: words, settings: { models: folder } });
  const lockfile = join(folder, "scores/bun.lock");

  expect((await run("check")).problems).toContain(
    "mend: add it to the package.json in the model's folder, and run `flotilla models install`",
  );
  expect(await run("models", "install")).toEqual({
    out: "",
    problems: `${folder}/scores: expected a bun.lock, got none; mend: write it with \`flotilla models install --update\`\n`,
    code: 2,
  });
  expect(await Bun.file(lockfile).exists()).toBe(false);

  expect(await run("models", "install", "--update")).toMatchObject({
    out: `${folder}/scores: installed\n`,
    code: 0,
  });
  expect(await Bun.file(lockfile).text()).toContain("units");
  expect((await run("check")).out).toContain("nothing is wrong");
  expect(await run("models", "install")).toMatchObject({ code: 0 });

  await Bun.write(
    join(folder, "scores/package.json"),
    '{ "dependencies": { "units": "file:../.units", "more": "file:../.units" } }',
  );
  expect(await run("models", "install")).toMatchObject({
    problems: expect.stringContaining("lockfile had changes, but lockfile is frozen"),
    code: 2,
  });
});

test("a repository without any package.json needs nothing", async () => {
  await using repository = await writeModels({ files: { "scores/model.onnx": SCORES } });
  const { folder: models } = repository;

  expect(await runFlotilla({ arguments: ["models", "install"], settings: { models } })).toEqual({
    out: `no model in ${models} has a package.json\n`,
    problems: "",
    code: 0,
  });
});
