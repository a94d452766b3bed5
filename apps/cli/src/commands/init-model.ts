import { existsSync, statSync } from "node:fs";
import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import {
  basename,
  dirname,
  extname,
  isAbsolute,
  join,
  normalize,
  relative,
  resolve,
} from "node:path";
import { type Checked, refused } from "@flotilla/common/checked";
import type { Settings } from "@flotilla/common/settings";
import { readRepository } from "@flotilla/inference/repository/read-repository";
import { type FoundSample, findSample } from "@flotilla/inference/worker/find-sample";
import { externalDataFiles } from "../handlers/external-data.ts";
import { modelFiles } from "../handlers/model-files.ts";
import { writeModelsTsconfig } from "../handlers/models-tsconfig.ts";
import { hostAndPort } from "../host-and-port.ts";
import { shellWord } from "../screen/shell-word.ts";
import { shownPath } from "../screen/shown-path.ts";
import type { Report } from "./report.ts";
import { tsconfigLines } from "./types.ts";

export interface InitModelOptions {
  readonly settings: Pick<Settings, "models" | "host" | "http_port">;
  readonly onnxFile: string;
  /** Absent: the file's, or its folder's where it is called model.onnx. */
  readonly name: string | undefined;
  readonly handler: boolean;
}

/** Writes a model's folder that works as it is: with the ONNX file, an example that the model answers, and a test. */
export async function runInitModel(options: InitModelOptions): Promise<Report> {
  const { settings, onnxFile } = options;
  const models = resolve(settings.models);
  const name = options.name ?? nameFrom(onnxFile);
  const problem = await whyNot({ ...options, models, name });
  if (problem !== undefined) return { lines: [], problems: [problem] };
  const folder = join(models, name);
  // Hidden until it is whole: a running `dev` watches.
  const staged = join(models, `.init-${name}-${process.pid}`);
  try {
    await mkdir(staged, { recursive: true });
    const sample = await takeOnnxFile(onnxFile, staged);
    if (!sample.ok) return { lines: [], problems: sample.problems };
    const files = modelFiles({ ...options, name, folder, ...sample.value });
    for (const [path, text] of files) await Bun.write(join(staged, path), text);
    await rename(staged, folder);
    const made = ["model.onnx", ...files.keys()].map((path) => shownPath(join(folder, path)));
    const tsconfig = options.handler ? tsconfigLines(writeModelsTsconfig(models)) : [];
    const next = nextLines({ settings, name, folder, refusal: sample.value.refusal });
    return { lines: [...made, ...tsconfig, ...next], problems: [] };
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    return { lines: [], problems: [`${folder} cannot be written: ${error.message}`] };
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

function nameFrom(onnxFile: string): string {
  const own = basename(onnxFile, extname(onnxFile));
  const name = own === "model" ? basename(dirname(resolve(onnxFile))) : own;
  return name
    .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 128);
}

async function whyNot(options: {
  readonly onnxFile: string;
  readonly models: string;
  readonly name: string;
}): Promise<string | undefined> {
  const { onnxFile, models, name } = options;
  if (!(existsSync(onnxFile) && statSync(onnxFile).isFile()))
    return `${onnxFile}: expected an ONNX file, got none; mend: name one that is there`;
  // A folder of digits is a version.
  if (!/^(?!\d+$)[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name)) {
    const expected =
      "expected a name of 1 to 128 letters, digits and . _ -, the first no mark, not all digits";
    return `${expected}, got ${JSON.stringify(name)}; mend: give one by --name`;
  }
  const folder = join(models, name);
  if (existsSync(folder)) return `${folder} is there already; mend: give another name by --name`;
  const { sources } = existsSync(models) ? await readRepository(models) : { sources: [] };
  return sources.some(({ manifestFile }) => dirname(manifestFile) === models)
    ? `${models} is one model's folder; mend: name a folder of models by --models`
    : undefined;
}

/** Copies the file with what belongs to it, and sees whether the copy can be asked. */
async function takeOnnxFile(onnxFile: string, staged: string): Promise<Checked<FoundSample>> {
  const copy = join(staged, "model.onnx");
  await copyFile(onnxFile, copy);
  for (const location of externalDataFiles(Buffer.from(await Bun.file(copy).arrayBuffer()))) {
    if (isAbsolute(location) || normalize(location).startsWith("..")) {
      return refused(
        `${onnxFile}: its data lie outside its folder, in ${location}; mend: export it again`,
      );
    }
    const data = join(dirname(onnxFile), location);
    if (!existsSync(data))
      return refused(`${onnxFile}: expected its data in ${data}, got none; mend: put it there`);
    await mkdir(dirname(join(staged, location)), { recursive: true });
    await copyFile(data, join(staged, location));
  }
  const sample = await findSample(copy);
  return sample.ok
    ? sample
    : refused(...sample.problems.map((one) => one.replaceAll(copy, onnxFile)));
}

function nextLines(options: {
  readonly settings: InitModelOptions["settings"];
  readonly name: string;
  readonly folder: string;
  readonly refusal: string | undefined;
}): readonly string[] {
  const { settings, name, folder, refusal } = options;
  const { host, http_port, models } = settings;
  const example = shellWord(shownPath(join(folder, "example.json")));
  const flag = relative("models", models) === "" ? "" : ` --models ${shellWord(models)}`;
  const port = http_port === 8000 ? "" : ` --http-port ${http_port}`;
  const hint =
    refusal === undefined
      ? []
      : [
          "",
          `The model answered nothing that was tried (${refusal}): put an input that it takes into ${example}.`,
        ];
  return [
    ...hint,
    "",
    "Now:",
    `  bun run dev${flag}${port}`,
    `  curl ${hostAndPort(host, http_port)}/models/${name}/predict -H 'content-type: application/json' -d @${example}`,
  ];
}
