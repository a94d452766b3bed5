import { type Checked, refused } from "@flotilla/common/checked";
import { type ExampleFile, type Handler, MEDIA_TYPES, type MediaType } from "@flotilla/handler";
import { packSchema, type WireSchema } from "./wire-schema.ts";

/** What a task takes and gives: plain data, for the edge, which checks it, and for the docs. */
export interface TaskContract {
  /** Undefined: raw bodies alone. */
  readonly input: WireSchema | undefined;
  readonly accepts: readonly MediaType[];
  /** JSON Schema of a prediction. */
  readonly output: WireSchema["json"] | undefined;
  /** Of JSON. */
  readonly examples: readonly object[];
}

export function contractOf({
  input,
  accepts = [],
  output,
  examples,
}: Pick<Handler, "input" | "accepts" | "output" | "examples">): Checked<TaskContract> {
  const packed = input && packSchema(input, "input");
  const given = output && packSchema(output, "output");
  const problems = [packed, given].flatMap((one) => (one?.ok === false ? one.problems : []));
  if (input === undefined && accepts.length === 0) {
    problems.push("input: expected a schema, or media types in `accepts`, got neither");
  }
  if (packed?.ok === true) problems.push(...topProblems(packed.value.json));
  const unknown = accepts.filter((type) => !MEDIA_TYPES.includes(type));
  if (unknown.length > 0) {
    problems.push(`accepts: expected some of ${MEDIA_TYPES.join(", ")}, got ${unknown.join(", ")}`);
  }
  if (problems.length > 0) return refused(...problems);
  return {
    ok: true,
    value: {
      input: packed?.ok ? packed.value : undefined,
      accepts,
      output: given?.ok ? given.value.json : undefined,
      examples: examples.filter((one) => !isExampleFile(one, accepts)) as object[],
    },
  };
}

export function isExampleFile(
  example: unknown,
  accepts: readonly MediaType[],
): example is ExampleFile {
  const { file, mediaType } = (example ?? {}) as Partial<ExampleFile>;
  return accepts.length > 0 && typeof file === "string" && typeof mediaType === "string";
}

/** The whole body is the input, and a body with `instances` is several. */
function topProblems(json: WireSchema["json"]): readonly string[] {
  const parts = (json["anyOf"] ?? json["allOf"]) as readonly WireSchema["json"][] | undefined;
  if (parts !== undefined) return parts.flatMap(topProblems);
  if (json["type"] !== "object") return ["input: expected a schema of objects, as t.Object makes"];
  return Object.hasOwn((json["properties"] as object | undefined) ?? {}, "instances")
    ? ["input: expected no property `instances`, which is how several inputs are sent at once"]
    : [];
}
