import { type Checked, refused } from "@flotilla/common/checked";
import { closestWord } from "@flotilla/common/closest-word";
import type { Handler } from "@flotilla/handler";
import { contractOf, type TaskContract } from "../task-contract.ts";
import type { HandlerFile } from "./import-handler.ts";
import { placeOfField } from "./place-in.ts";

const STEPS = [
  "preprocess",
  "preprocessBatch",
  "postprocess",
  "postprocessBatch",
  "predict",
] as const;
const FUNCTIONS = [...STEPS, "setup"] as const;
const FIELDS = ["input", "accepts", "output", "examples", "uses", ...FUNCTIONS];

interface ModelKind {
  /** There is an ONNX file beside it. */
  readonly hasModel: boolean;
  readonly stateful: boolean;
}

/** What `handler.ts` exports, if it is a handler for such a model; types may have been cast away, or never checked. */
export function checkHandler(
  file: HandlerFile,
  exported: unknown,
  kind: ModelKind,
): Checked<{ readonly handler: Handler; readonly contract: TaskContract }> {
  if (typeof exported !== "object" || exported === null) {
    const got = exported === null ? "null" : `a ${typeof exported}`;
    const place = placeOfField(file, "handler");
    return refused(
      `${place}: expected \`handler\` to be what defineHandler<Model>() gives, got ${got}; mend: call it twice, as defineHandler<Model>()({ … })`,
    );
  }
  const handler = exported as Handler;
  const problems = [...fieldProblems(handler), ...stepProblems(handler, kind)];
  const contract = problems.length === 0 ? contractOf(handler) : undefined;
  if (contract?.ok === false) problems.push(...contract.problems);
  return contract?.ok
    ? { ok: true, value: { handler, contract: contract.value } }
    : refused(...problems.map((problem) => atField(file, problem)));
}

/** Each problem begins with the field's name. */
function atField(file: HandlerFile, problem: string): string {
  const [field = ""] = problem.split(/[:/]/);
  return `${placeOfField(file, field)}: ${problem}; mend: see docs/handlers.md`;
}

function fieldProblems(handler: Handler): string[] {
  const problems = Object.keys(handler)
    .filter((field) => !FIELDS.includes(field))
    .map((field) => {
      const closest = closestWord(field, FIELDS);
      const expected = closest === undefined ? FIELDS.join(", ") : `did you mean ${closest}?`;
      return `${field}: expected no such field: ${expected}`;
    });
  for (const field of FUNCTIONS) {
    const kind = typeof handler[field];
    if (kind !== "undefined" && kind !== "function") {
      problems.push(`${field}: expected a function, got a ${kind}`);
    }
  }
  for (const field of ["input", "output"] as const) {
    const schema: unknown = handler[field];
    if (schema !== undefined && (typeof schema !== "object" || schema === null)) {
      problems.push(`${field}: expected a schema, as t.Object makes, got a ${typeof schema}`);
    }
  }
  for (const field of ["accepts", "uses"] as const) {
    if (handler[field] !== undefined && !Array.isArray(handler[field])) {
      problems.push(`${field}: expected an array of texts`);
    }
  }
  if (!Array.isArray(handler.examples) || handler.examples.length === 0) {
    problems.push("examples: expected at least one input that the start can try, got none");
  }
  return problems;
}

function stepProblems(handler: Handler, { hasModel, stateful }: ModelKind): readonly string[] {
  const has = (step: (typeof STEPS)[number]) => handler[step] !== undefined;
  const steps = STEPS.filter(has);
  if (!hasModel) {
    return steps.join() === "predict"
      ? []
      : [`${steps[0] ?? "handler"}: expected \`predict\` alone where there is no ONNX file`];
  }
  if (has("predict")) return ["predict: expected no ONNX file beside it, but steps around its run"];
  const batchForms = steps.filter((step) => stateful && step.endsWith("Batch"));
  return [
    ...(["preprocess", "postprocess"] as const).flatMap((step) => {
      if (has(step) !== has(`${step}Batch`)) return [];
      const [field, got] = has(step) ? [step, "both"] : ["handler", "neither"];
      return [`${field}: expected ${step} or ${step}Batch, got ${got}`];
    }),
    ...batchForms.map((step) => `${step}: expected no form for a batch: each turn has its state`),
  ];
}
