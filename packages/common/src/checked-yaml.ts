import type { Static, TSchema } from "@sinclair/typebox";
import { Value, type ValueError } from "@sinclair/typebox/value";
import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { type Checked, refused } from "./checked.ts";
import { schemaProblem } from "./value-problem.ts";

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
  if (syntax.length > 0) return refused(...new Set(syntax));
  const place = (...keys: readonly string[]) =>
    `${file}:${line(offsetOf(document, keys))}: ${keys.join(".") || "the file"}`;
  const value = plainValue(document);
  if (value === undefined) {
    return refused(`${place()}: expected few and known aliases; mend: write the values out`);
  }
  const problems = firstErrors(schema, value)
    .map((error) => ({ error, keys: error.path.split("/").slice(1).map(unescapePointer) }))
    .sort((a, b) => offsetOf(document, a.keys) - offsetOf(document, b.keys))
    .map(({ error, keys }) => {
      const key = keys.at(-1) ?? "";
      const write = (example: unknown) => `${key}: ${JSON.stringify(example)}`;
      return `${place(...keys)}: ${schemaProblem(error, { key, write })}`;
    });
  return problems.length > 0 ? refused(...problems) : { ok: true, value: { value, place } };
}

/** What can be read of keys and values in which something is wrong: each for itself, so that none spoils another. */
export function looseYaml(text: string): Readonly<Record<string, unknown>> {
  const blocks = text.split(/^(?=\w+:)/m);
  return Object.assign({}, ...blocks.map((block) => plainValue(parseDocument(block))));
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
