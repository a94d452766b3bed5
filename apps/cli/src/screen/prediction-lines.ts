import { escapeControls } from "./escape-controls.ts";
import { table } from "./table.ts";

/** Of ES2026, which TypeScript's own types do not have yet. */
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

/** Of an embedding or a tensor; `--json` has them all. */
const VALUES_SHOWN = 8;
const LABELS_SHOWN = 10;
const TEXT_SHOWN = 60;

/** What a person wants to see of an answer, whose integers may be bigints. */
export function answerLines(answer: unknown): readonly string[] {
  if (!isObject(answer)) return jsonLines(answer);
  const { prediction, predictions, outputs } = answer;
  if (isObject(outputs)) return tensorLines(outputs);
  if (!Array.isArray(predictions)) return predictionLines(prediction ?? answer);
  return predictions.flatMap((one, at) => [
    ...(at === 0 ? [] : [""]),
    ...(isTensors(one) ? tensorLines(one) : predictionLines(one)),
  ]);
}

function predictionLines(prediction: unknown): readonly string[] {
  if (!isObject(prediction)) return jsonLines(prediction);
  const { label, score, scores, embedding, text } = prediction;
  if (typeof label === "string" && isObject(scores)) return scoreLines({ label, score, scores });
  if (Array.isArray(embedding)) return [`${embedding.length} values: ${few(embedding)}`];
  return typeof text === "string" && Object.keys(prediction).length === 1
    ? text.split("\n").map(escapeControls)
    : jsonLines(prediction);
}

/** The answer first, and below it the other labels. */
function scoreLines(classification: {
  readonly label: string;
  readonly score: unknown;
  readonly scores: Readonly<Record<string, unknown>>;
}): readonly string[] {
  const { label, score, scores } = classification;
  const others = Object.entries(scores)
    .filter(([name]) => name !== label)
    .toSorted(([, a], [, b]) => Number(b) - Number(a));
  const shown = [[label, score] as const, ...others].slice(0, LABELS_SHOWN);
  const left = others.length + 1 - shown.length;
  return [
    ...table(shown.map(([name, value]) => [name, element(value)])),
    ...(left === 0 ? [] : [`… and ${left} more`]),
  ];
}

function tensorLines(tensors: Readonly<Record<string, unknown>>): readonly string[] {
  return table(
    Object.entries(tensors).map(([name, tensor]) => {
      const { shape, first } = flatten(tensor);
      return [name, `[${shape.join(", ")}]`, few(first)];
    }),
  );
}

/** Nested arrays as a shape and their first elements, one more than are shown. */
function flatten(tensor: unknown): {
  readonly shape: readonly number[];
  readonly first: readonly unknown[];
} {
  const shape: number[] = [];
  for (let inner = tensor; Array.isArray(inner); inner = inner[0]) shape.push(inner.length);
  let first: readonly unknown[] = [tensor];
  for (const _ of shape) {
    first = first.flatMap((one) => (Array.isArray(one) ? one.slice(0, VALUES_SHOWN + 1) : [one]));
  }
  return { shape, first };
}

function few(values: readonly unknown[]): string {
  const shown = values.slice(0, VALUES_SHOWN).map(element);
  return [...shown, ...(values.length > VALUES_SHOWN ? ["…"] : [])].join(", ");
}

/** Four digits of a fraction are enough for the eye; integers are exact. */
function element(value: unknown): string {
  if (typeof value === "number") {
    return String(Number.isInteger(value) ? value : Number(value.toPrecision(4)));
  }
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return escapeControls(text.length > TEXT_SHOWN ? `${text.slice(0, TEXT_SHOWN)}…` : text);
}

/** What a user's own handler answers has no shape that is known here. */
function jsonLines(value: unknown): readonly string[] {
  const exact = (_: string, one: unknown) => (typeof one === "bigint" ? rawJSON(String(one)) : one);
  return (JSON.stringify(value, exact, 2) ?? "nothing").split("\n").map(escapeControls);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTensors(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && !("embedding" in value) && Object.values(value).every(Array.isArray);
}
