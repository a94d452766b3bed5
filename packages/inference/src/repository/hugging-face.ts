import { readFile } from "node:fs/promises";
import type { TaskName } from "../loaded-model.ts";
import { type Report, unreadable } from "./folder-listing.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** Empty where there is no such file. */
export async function readJsonObject(
  file: string | undefined,
  report: Report,
): Promise<JsonObject> {
  if (file === undefined) return {};
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    if (isObject(value)) return value;
    report(`${file}: expected a JSON object, got something else; mend: export the model again`);
  } catch (error) {
    const mend = "mend: export the model again";
    report(
      error instanceof SyntaxError ? `${file}: expected JSON; ${mend}` : unreadable(file, error),
    );
  }
  return {};
}

export function taskOf(config: JsonObject, hasTokenizer: boolean): TaskName {
  const architectures = config["architectures"];
  if (Array.isArray(architectures)) {
    const classifies = architectures.some((name) =>
      `${name}`.endsWith("ForSequenceClassification"),
    );
    if (classifies) return "text-classification";
  }
  return hasTokenizer ? "embedding" : "tensor";
}

/** `id2label` in the order of the output. */
export function labelsOf(options: {
  readonly config: JsonObject;
  readonly file: string;
  readonly report: Report;
}): readonly string[] | undefined {
  const { config, file, report } = options;
  const byId = config["id2label"];
  if (!isObject(byId)) return undefined;
  const size = Object.keys(byId).length;
  const labels = Array.from({ length: size }, (_, id) => byId[id]);
  const gap = labels.findIndex((label) => typeof label !== "string");
  const mend = "mend: add it, or list labels in model.yaml";
  if (gap >= 0) {
    report(
      `${file}: id2label: expected a text for each of 0 to ${size - 1}, got none for ${gap}; ${mend}`,
    );
  } else if (new Set(labels).size < size) {
    report(`${file}: id2label: expected different texts, got one twice; mend: rename one`);
  }
  return labels as readonly string[];
}

export function isMultiLabel(config: JsonObject): boolean {
  return config["problem_type"] === "multi_label_classification";
}

/** Tokens that the model can take: the least of what the export's files say, and some say 10^30. */
export function maxLengthOf(files: {
  readonly config: JsonObject;
  readonly tokenizer: JsonObject;
  readonly tokenizerConfig: JsonObject;
}): number | undefined {
  const truncation = files.tokenizer["truncation"];
  const said = [
    isObject(truncation) ? truncation["max_length"] : undefined,
    files.tokenizerConfig["model_max_length"],
    files.config["max_position_embeddings"],
  ].filter((length) => Number.isSafeInteger(length) && (length as number) > 0);
  return said.length === 0 ? undefined : Math.min(...(said as number[]));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
