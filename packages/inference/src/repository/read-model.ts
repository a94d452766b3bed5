import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { checkedYaml, type YamlFile } from "@flotilla/common/checked-yaml";
import type { TaskName } from "../loaded-model.ts";
import type { HandlerSource, ModelSource } from "../model-source.ts";
import { findOnnx } from "./find-onnx.ts";
import { type FolderListing, listFolder, type Report, unreadable } from "./folder-listing.ts";
import { isMultiLabel, labelsOf, maxLengthOf, readJsonObject, taskOf } from "./hugging-face.ts";
import { type Manifest, ManifestSchema } from "./manifest-schema.ts";
import { readConversation, readState } from "./read-conversation.ts";

const TEXT_TASKS: readonly TaskName[] = ["text-classification", "embedding", "conversation"];

/** Every version that a model's folder holds, lowest first. */
export async function readModel(options: {
  readonly name: string;
  readonly listing: FolderListing;
  readonly report: Report;
}): Promise<readonly ModelSource[]> {
  const { name, listing, report } = options;
  const manifest = await readManifest(listing, report);
  if (manifest === undefined) return [];
  const versions = versionsOf(listing, report);
  const sources: ModelSource[] = [];
  for (const version of versions.length > 0 ? versions : [undefined]) {
    const source = await readVersion({
      name,
      version: version ?? 1,
      model: listing,
      listing:
        version === undefined
          ? listing
          : await listFolder(join(listing.path, `${version}`), report),
      manifest,
      report,
    });
    if (source !== undefined) sources.push(source);
  }
  return sources;
}

export function versionsOf({ path, folders }: FolderListing, report: Report): readonly number[] {
  const numbered = folders.filter((name) => /^\d+$/.test(name));
  // 15 digits are the most that every such number is exact with.
  for (const name of numbered.filter((folder) => !/^[1-9]\d{0,14}$/.test(folder))) {
    const expected = "expected a version of 1 to 15 digits without a leading 0";
    report(`${join(path, name)}: ${expected}, got ${name}; mend: rename the folder`);
  }
  return numbered
    .filter((name) => /^[1-9]\d{0,14}$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

async function readManifest(
  { path, files }: FolderListing,
  report: Report,
): Promise<YamlFile<Manifest> | undefined> {
  if (files.includes("model.yml")) {
    report(`${join(path, "model.yml")}: expected the name model.yaml; mend: rename it`);
  }
  const file = join(path, "model.yaml");
  if (!files.includes("model.yaml")) return { value: {}, place: () => file };
  try {
    const text = await readFile(file, "utf8");
    const checked = checkedYaml({ file, text, schema: ManifestSchema });
    if (checked.ok) return checked.value;
    for (const problem of checked.problems) report(problem);
  } catch (error) {
    report(unreadable(file, error));
  }
  return undefined;
}

async function readVersion(options: {
  readonly name: string;
  readonly version: number;
  readonly model: FolderListing;
  /** The model's own, where it has no version folders. */
  readonly listing: FolderListing;
  readonly manifest: YamlFile<Manifest>;
  readonly report: Report;
}): Promise<ModelSource | undefined> {
  const { model, listing, manifest, report } = options;
  const said = manifest.value;
  const find = (name: string) => {
    const holder = [listing, model].find(({ files }) => files.includes(name));
    return holder && join(holder.path, name);
  };
  const handler = handlerOf(find("handler.ts"), said);
  const configFile = find("config.json");
  const tokenizerFile = find("tokenizer.json");
  const tokenizerConfigFile = find("tokenizer_config.json");
  // One after the other, so that equal folders give equal problems in equal order.
  const optional = handler !== undefined;
  const onnxFile = await findOnnx({ listing, manifest, report, optional });
  const config = await readJsonObject(configFile, report);
  const tokenizer = await readJsonObject(tokenizerFile, report);
  const tokenizerConfig = await readJsonObject(tokenizerConfigFile, report);
  const ownTask = said.task ?? taskOf(config, tokenizerFile !== undefined);
  const task = handler === undefined ? ownTask : "handler";
  if (TEXT_TASKS.includes(task) && tokenizerFile === undefined) {
    const expected = `expected tokenizer.json, which ${task} needs, got none`;
    report(`${listing.path}: ${expected}; mend: add it, or say task: tensor in model.yaml`);
  }
  reportMisplaced({ manifest, task, report });
  const classifies = task === "text-classification";
  const exported =
    classifies && configFile !== undefined && said.labels === undefined
      ? labelsOf({ config, file: configFile, report })
      : undefined;
  if (onnxFile === undefined && handler === undefined) return undefined;
  return {
    name: options.name,
    version: options.version,
    task,
    description: said.description,
    folder: resolve(listing.path),
    manifestFile: resolve(model.path, "model.yaml"),
    onnxFile: onnxFile && resolve(onnxFile),
    handler,
    tokenizerFile: tokenizerFile && resolve(tokenizerFile),
    tokenizerConfigFile: tokenizerConfigFile && resolve(tokenizerConfigFile),
    labels: said.labels ?? exported,
    multiLabel: classifies && isMultiLabel(config),
    pooling: said.embedding?.pooling,
    normalize: said.embedding?.normalize,
    maxLength: said.max_length ?? maxLengthOf({ config, tokenizer, tokenizerConfig }),
    runTimeoutMs: said.run_timeout_ms ?? 5_000,
    maxBatch: said.batching?.max_batch,
    mix: said.batching?.mix,
    threads: said.threads,
    onnxruntime: said.onnxruntime,
    warmUp: said.warm_up,
    state: readState(manifest),
    conversation: readConversation(manifest),
  };
}

function handlerOf(
  file: string | undefined,
  { setup_timeout_ms: setupTimeoutMs = 30_000 }: Manifest,
): HandlerSource | undefined {
  return file === undefined ? undefined : { file: resolve(file), setupTimeoutMs };
}

/** Keys that mean nothing to the task would be ignored without a word; a conversation needs some. */
function reportMisplaced(options: {
  readonly manifest: YamlFile<Manifest>;
  readonly task: TaskName;
  readonly report: Report;
}): void {
  const { manifest, task, report } = options;
  const { labels, embedding, max_length, warm_up, state, conversation, setup_timeout_ms } =
    manifest.value;
  const keys: readonly (readonly [unknown, readonly TaskName[], ...string[]])[] = [
    [labels, ["text-classification"], "labels"],
    [embedding, ["embedding"], "embedding"],
    [max_length, TEXT_TASKS, "max_length"],
    [warm_up?.text, TEXT_TASKS, "warm_up", "text"],
    [warm_up?.inputs, ["tensor"], "warm_up", "inputs"],
    [state, ["tensor", "conversation", "handler"], "state"],
    [conversation, ["conversation"], "conversation"],
    [setup_timeout_ms, ["handler"], "setup_timeout_ms"],
  ];
  if (task === "handler" && manifest.value.task !== undefined) {
    const expected = "expected no task beside handler.ts, which is the task";
    report(`${manifest.place("task")}: ${expected}; mend: remove either`);
  }
  if (task === "conversation") reportMissing(manifest, report);
  for (const [value, tasks, ...path] of keys) {
    if (value === undefined || tasks.includes(task)) continue;
    const expected = `expected only with task ${tasks.join(" or ")}, got task ${task}`;
    report(`${manifest.place(...path)}: ${expected}; mend: remove it, or set task`);
  }
}

function reportMissing({ value, place }: YamlFile<Manifest>, report: Report): void {
  const examples = {
    state: "state: [{ input: memory, output: next_memory }]",
    conversation: 'conversation: { prompt: { after: "<bot>", end: "<end>" } }',
  };
  for (const key of ["state", "conversation"] as const) {
    if (value[key] !== undefined) continue;
    const expected = `expected ${key} beside task conversation, got none`;
    report(`${place("task")}: ${expected}; mend: ${examples[key]}, for example`);
  }
}
