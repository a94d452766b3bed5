import type { TaskInput } from "./inference-request.ts";

/**
 * What an input's cost is thought to grow with. Of texts the tokens, which are made in the worker: four characters a
 * token, and one at each end, is near enough to sort by. What else it is made of counts by its pieces, coarsely, so
 * that inputs of one kind are of one length: a power of two.
 */
export function inputLength(input: TaskInput, maxLength: number): number {
  if (Number.isFinite(maxLength)) return Math.min(maxLength, sizeOf(input));
  return 2 ** Math.ceil(Math.log2(Math.max(1, sizeOf(input))));
}

/** Recursive by depth, which the edge bounds. Long lists are of numbers: they are not called for one by one. */
function sizeOf(value: unknown): number {
  if (typeof value === "string") return Math.ceil(value.length / 4) + 2;
  if (typeof value !== "object" || value === null) return 1;
  if (value instanceof Uint8Array) return value.length;
  let size = 0;
  for (const part of Array.isArray(value) ? value : Object.values(value)) {
    size += typeof part === "number" ? 1 : sizeOf(part);
  }
  return size;
}
