import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  externalDataModel,
  mlpModel,
  nanModel,
  throwingModel,
} from "@flotilla/testkit/onnx-builder";
import { startFleet } from "@flotilla/testkit/start-fleet";
import { batchlessModel, oddModel, pickyModel } from "./odd-model.ts";
import { runFlotilla } from "./run-flotilla.ts";

// A first start may fetch NGINX, and a slow machine is no failure.
setDefaultTimeout(240_000);

let folder: string;
let models: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "flotilla-test-"));
  models = join(folder, "models");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** From an ONNX file of this name, beside the models' folder. */
async function init(file: string, onnx: Uint8Array, ...more: readonly string[]) {
  writeFileSync(join(folder, file), onnx);
  const arguments_ = ["init", "model", join(folder, file), ...more];
  return await runFlotilla({ arguments: arguments_, settings: { models } });
}

test("a model nobody has seen is checked, tested and answers its example, without a line written by hand", async () => {
  const { out, problems, code } = await init("odd model.onnx", oddModel());
  await init("batchless.onnx", batchlessModel());
  expect([problems, code]).toEqual(["", 0]);
  expect(out).toContain(
    `curl 127.0.0.1:8000/models/odd-model/predict -H 'content-type: application/json' -d @${models}/odd-model/example.json`,
  );

  const checked = await runFlotilla({ arguments: ["check"], settings: { models } });
  expect(checked.problems + checked.out).toBe(
    "checked 2 models and 2 handlers: nothing is wrong\n",
  );

  const { PATH, HOME } = Bun.env;
  const tests = Bun.spawn([process.execPath, "test"], {
    cwd: models,
    env: { PATH, HOME },
    stderr: "pipe",
  });
  expect(await tests.stderr.text()).toMatch(/\b4 pass\n\s+0 fail/);

  await using fleet = await startFleet({ settings: { models, replicas: 1 } });
  const ask = async (name: string, body: string) => {
    const answer = await fetch(`${fleet.httpUrl}/models/${name}/predict`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    return { status: answer.status, body: await answer.json() };
  };
  const example = (name: string) => Bun.file(join(models, name, "example.json"));
  expect(await ask("odd-model", await example("odd-model").text())).toMatchObject({
    status: 200,
    body: {
      prediction: {
        pixels_out: [0.5, 0.5, 0.5],
        sum: [2],
        is_old: false,
        said: ["text", "text"],
        instances_: 1,
      },
    },
  });
  expect(await ask("batchless", await example("batchless").text())).toMatchObject({
    status: 200,
    body: { prediction: { y: [0.5, 0.5, 0.5], l: 1, i: [0.5] } },
  });

  const odd = await example("odd-model").json();
  for (const [wrong, detail] of [
    [{ mask: [1, 1] }, "mask: expected as many as ids has"],
    [
      {
        pixels_0: [
          [[1, 2, 3]],
          [
            [1, 2, 3],
            [1, 2, 3],
          ],
        ],
      },
      "pixels_0: expected lists of one length",
    ],
  ] as const) {
    expect(await ask("odd-model", JSON.stringify({ ...odd, ...wrong }))).toMatchObject({
      status: 422,
      body: { detail },
    });
  }
});

test("weights that lie in files of their own come along", async () => {
  writeFileSync(join(folder, "big.onnx_data"), Float32Array.of(10, 20));
  const { code } = await init("big.onnx", externalDataModel("big.onnx_data"));

  expect(code).toBe(0);
  expect(readdirSync(join(models, "big"))).toContain("big.onnx_data");
  expect(await init("lost.onnx", externalDataModel("lost.onnx_data"))).toMatchObject({
    problems: `${folder}/lost.onnx: expected its data in ${folder}/lost.onnx_data, got none; mend: put it there\n`,
    code: 2,
  });
  expect(await init("out.onnx", externalDataModel("../out.onnx_data"))).toMatchObject({
    problems: expect.stringContaining("its data lie outside its folder, in ../out.onnx_data"),
    code: 2,
  });
  expect(readdirSync(models).toSorted()).toEqual(["big", "tsconfig.json"]);
});

test("the example is what the model answers, and where it answers nothing that is told", async () => {
  const example = async (name: string) => await Bun.file(join(models, name, "example.json")).json();
  await init("gather.onnx", throwingModel());
  await init("quotient.onnx", nanModel());
  expect(await example("gather")).toEqual({ index: 1 });
  expect(await example("quotient")).toEqual({ x: 0.5 });

  const { out, code } = await init("table.onnx", pickyModel());
  expect(out).toContain("The model answered nothing that was tried");
  expect(code).toBe(0);
});

test("without a handler it takes its tensors", async () => {
  await init("model.onnx", mlpModel([2, 3]), "--name", "scores", "--no-handler");

  expect(readdirSync(join(models, "scores")).toSorted()).toEqual([
    "example.json",
    "model.onnx",
    "model.yaml",
  ]);
  expect(await Bun.file(join(models, "scores/example.json")).json()).toEqual({
    inputs: { features: [[0.5, 0.5]] },
  });
});

test("nothing is overwritten, and nothing is left of what fails", async () => {
  await init("scores.onnx", mlpModel([2, 3]));
  const again = await init("scores.onnx", mlpModel([2, 3]));
  const digits = await init("7.onnx", mlpModel([2, 3]));
  const broken = await init("broken.onnx", Buffer.from("no ONNX"));

  expect(again.problems).toBe(
    `${models}/scores is there already; mend: give another name by --name\n`,
  );
  expect(digits.problems).toContain('got "7"; mend: give one by --name');
  expect(broken.problems).toStartWith(`${folder}/broken.onnx: ONNX Runtime cannot load it`);
  expect([again.code, digits.code, broken.code]).toEqual([2, 2, 2]);
  expect(readdirSync(models).toSorted()).toEqual(["scores", "tsconfig.json"]);
  expect(existsSync(join(models, "scores/handler.ts"))).toBe(true);
});
