import { WrongResult } from "./run-step.ts";

/**
 * Readers of protobuf refuse what is nested over 100 messages deep, and a level of JSON can be three of them. Also what
 * tells a value that holds itself.
 */
const DEPTH_LIMIT = 30;

/**
 * A prediction as JSON text: made where inference runs, so that the thread that answers only has to send it. A typed
 * array is an array, and a bigint its digits; what JSON would leave out or change without a word is refused, with its
 * place.
 */
export function toJson(value: unknown): string {
  return isPlain(value, 0) ? JSON.stringify(value) : render(value, "the prediction", 0);
}

/** What `JSON.stringify` renders as it is, which it does several times faster than anybody else. */
function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object") return typeof value === "string" || typeof value === "boolean";
  if (value === null) return true;
  if (depth > DEPTH_LIMIT) return false;
  if (Array.isArray(value)) return value.every((one) => isPlain(one, depth + 1));
  if (!isRecord(value) || "toJSON" in value) return false;
  return Object.values(value).every((one) => isPlain(one, depth + 1));
}

function isRecord(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function render(value: unknown, at: string, depth: number): string {
  if (depth > DEPTH_LIMIT) throw new WrongResult(`${at}: nested over ${DEPTH_LIMIT} levels deep`);
  switch (typeof value) {
    case "bigint":
      return `${value}`;
    case "number":
      if (Number.isFinite(value)) return `${value}`;
      throw new WrongResult(`${at}: ${value}, which JSON cannot carry`);
    case "string":
    case "boolean":
      return JSON.stringify(value);
    case "object":
      return value === null ? "null" : renderObject(value, at, depth);
    default:
      throw new WrongResult(`${at}: expected JSON, got ${typeof value}`);
  }
}

function renderObject(value: object, at: string, depth: number): string {
  if (Array.isArray(value)) {
    return `[${value.map((one, index) => render(one, `${at}[${index}]`, depth + 1)).join(",")}]`;
  }
  if (ArrayBuffer.isView(value) && "join" in value) {
    const elements = value as unknown as readonly (number | bigint)[];
    const wrong = elements.findIndex((one) => typeof one === "number" && !Number.isFinite(one));
    return wrong < 0
      ? `[${elements.join(",")}]`
      : render(elements[wrong], `${at}[${wrong}]`, depth);
  }
  if (!isRecord(value)) {
    throw new WrongResult(`${at}: expected JSON, got a ${value.constructor?.name ?? "class"}`);
  }
  const fields = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .map(([key, one]) => `${JSON.stringify(key)}:${render(one, `${at}.${key}`, depth + 1)}`);
  return `{${fields.join(",")}}`;
}
