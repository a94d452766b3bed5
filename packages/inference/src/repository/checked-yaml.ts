import { type Checked, refused } from "@flotilla/common/checked";
import { closestWord } from "@flotilla/common/closest-word";
import type { Static, TSchema } from "@sinclair/typebox";
import { Value, type ValueError, ValueErrorType } from "@sinclair/typebox/value";
import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";

export interface YamlFile<T> {
  readonly value: T;
  /** `FILE:LINE: KEY`, for problems that a schema cannot find; keys from the outermost. */
  readonly place: (...keys: readonly string[]) => string;
}

/** YAML against a schema: every problem at once, each with file, line, key, what was expected and a mend. */
export function checkedYaml<T extends TSchema>(options: {
  readonly file: string;
  readonly text: string;
  readonly schema: T;
}): Checked<YamlFile<Static<T>>> {
  const { file, text, schema } = options;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const line = (offset: number) => lines.linePos(offset).line;
  const syntax = [...document.errors, ...document.warnings].map(
    ({ message, pos }) => `${file}:${line(pos[0])}: ${message}; mend: write it as YAML 1.2`,
  );
  if (syntax.length > 0) return refused(...syntax);
  const place = (...keys: readonly string[]) =>
    `${file}:${line(offsetOf(document, keys))}: ${keys.join(".") || "the file"}`;
  const value = plainValue(document);
  if (value === undefined) {
    return refused(`${place()}: expected few and known aliases; mend: write the values out`);
  }
  const problems = firstErrors(schema, value)
    .map((error) => ({ error, keys: error.path.split("/").slice(1).map(unescapePointer) }))
    .sort((a, b) => offsetOf(document, a.keys) - offsetOf(document, b.keys))
    .map(({ error, keys }) => `${place(...keys)}: ${schemaProblem(error, keys.at(-1) ?? "")}`);
  return problems.length > 0 ? refused(...problems) : { ok: true, value: { value, place } };
}

/** Undefined where an alias has no anchor, or where a few of them stand for millions of values. */
function plainValue(document: Document): unknown {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    if (error instanceof ReferenceError) return undefined;
    throw error;
  }
}

/** Several rules may refuse one value: the first is enough for its sentence. */
function firstErrors(schema: TSchema, value: unknown): readonly ValueError[] {
  const byPath = new Map<string, ValueError>();
  for (const error of Value.Errors(schema, value)) {
    if (!byPath.has(error.path)) byPath.set(error.path, error);
  }
  return [...byPath.values()];
}

function unescapePointer(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** Where the key stands, or as much of the path to it as there is. */
function offsetOf(document: Document, keys: readonly string[]): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const key of keys) {
    const pair = isMap(node)
      ? node.items.find((item) => isScalar(item.key) && `${item.key.value}` === key)
      : undefined;
    node = isSeq(node) ? node.items[Number(key)] : pair?.value;
    const at = pair?.key ?? node;
    offset = (isScalar(at) || isMap(at) || isSeq(at) ? at.range?.[0] : undefined) ?? offset;
  }
  return offset;
}

function schemaProblem({ type, schema, value }: ValueError, key: string): string {
  if (type === ValueErrorType.ObjectAdditionalProperties) {
    const known = Object.keys(schema["properties"] ?? {});
    const closest = closestWord(key, known);
    const mend =
      closest === undefined ? `use one of ${known.join(", ")}` : `did you mean ${closest}?`;
    return `unknown key; mend: ${mend}`;
  }
  const [example] = (schema["examples"] as readonly unknown[] | undefined) ?? [];
  const mend =
    example === undefined ? "" : `; mend: ${key}: ${JSON.stringify(example)}, for example`;
  return `expected ${expectation(schema)}, got ${shown(value)}${mend}`;
}

function expectation(schema: TSchema): string {
  if (schema["anyOf"] !== undefined) {
    return `one of ${(schema["anyOf"] as TSchema[]).map((one) => one["const"]).join(", ")}`;
  }
  switch (schema["type"]) {
    case "integer":
      return `a whole number from ${schema["minimum"]} to ${schema["maximum"]}`;
    case "boolean":
      return "true or false";
    case "string":
      return "a text";
    case "array":
      return "a list of texts, all different";
    default:
      return schema["maxProperties"] === 1
        ? `one of the keys ${Object.keys(schema["properties"] ?? {}).join(", ")}`
        : "keys and values";
  }
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return `${Object.keys(value).length} keys`;
  return JSON.stringify(value).slice(0, 80);
}
