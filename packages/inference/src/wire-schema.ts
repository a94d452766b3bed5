import { type Checked, refused } from "@flotilla/common/checked";
import { Kind, TransformKind, type TSchema } from "@sinclair/typebox";

/**
 * A TypeBox schema as it crosses to another thread: JSON Schema, and beside it, by JSON pointers, what a structured
 * clone drops: TypeBox's own symbol on each of its parts.
 */
export interface WireSchema {
  readonly json: Readonly<Record<string, unknown>>;
  readonly kinds: Readonly<Record<string, string>>;
}

/** Those that are JSON Schema. TypeBox has others, for what JavaScript has and JSON has not. */
const KINDS: ReadonlySet<string> = new Set([
  ...[
    "Any",
    "Array",
    "Boolean",
    "Integer",
    "Intersect",
    "Literal",
    "Never",
    "Not",
    "Null",
    "Number",
  ],
  ...["Object", "Record", "Ref", "String", "TemplateLiteral", "This", "Tuple", "Union", "Unknown"],
]);

/** Refused where it holds what is no JSON Schema, or what nothing would check; `name` is what problems begin with. */
export function packSchema(schema: TSchema, name: string): Checked<WireSchema> {
  const kinds: Record<string, string> = {};
  const problems: string[] = [];
  const pack = (value: unknown, path: string): unknown => {
    const problem = partProblem(value);
    if (problem !== undefined) problems.push(`${name}${path}: ${problem}`);
    if (typeof value !== "object" || value === null) return value;
    if (Kind in value) kinds[path] = `${value[Kind]}`;
    return mapParts(value, path, pack);
  };
  const json = pack(schema, "") as WireSchema["json"];
  return problems.length > 0 ? refused(...problems) : { ok: true, value: { json, kinds } };
}

export function unpackSchema({ json, kinds }: WireSchema): TSchema {
  const unpack = (value: unknown, path: string): unknown => {
    if (typeof value !== "object" || value === null) return value;
    const kind = kinds[path];
    const parts = mapParts(value, path, unpack);
    return kind === undefined ? parts : { ...parts, [Kind]: kind };
  };
  return unpack(json, "") as TSchema;
}

function mapParts(
  value: object,
  path: string,
  change: (part: unknown, path: string) => unknown,
): object {
  if (Array.isArray(value)) return value.map((one, at) => change(one, `${path}/${at}`));
  const escaped = (key: string) => key.replaceAll("~", "~0").replaceAll("/", "~1");
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .map(([key, one]) => [key, change(one, `${path}/${escaped(key)}`)]),
  );
}

function partProblem(value: unknown): string | undefined {
  if (typeof value !== "object") {
    const isJson = typeof value === "number" ? Number.isFinite(value) : typeof value !== "bigint";
    const isText = ["string", "boolean", "number"].includes(typeof value);
    return isJson && isText ? undefined : `expected JSON, got a ${typeof value}`;
  }
  if (value === null || !(Kind in value)) return undefined;
  if (TransformKind in value) return "expected no Transform: JSON is checked, and not changed";
  if (!KINDS.has(`${value[Kind]}`)) return `expected what JSON Schema has, got t.${value[Kind]}`;
  return "format" in value ? "expected no format, which nothing checks, but a pattern" : undefined;
}
