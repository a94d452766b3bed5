import { describe, expect, test } from "bun:test";
import { failed } from "@flotilla/common/failure";
import { createEntry, type Entry } from "./entry.ts";
import type { Tensor, Tensors } from "./tensor.ts";
import type { BatchPart } from "./worker/worker-protocol.ts";

function entry(part: BatchPart, model = 0): Entry {
  return createEntry({
    model,
    part,
    alone: false,
    maxLength: 128,
    deadlineMs: 0,
    signal: undefined,
    predictMs: (rows, length) => rows * length,
  });
}

function tensors(rows: number, ...shapes: readonly (readonly number[])[]) {
  const tensor = (shape: readonly number[]): Tensor => ({
    datatype: "FP32",
    shape: [rows, ...shape],
    data: new Float32Array(0),
  });
  const named = shapes.map((shape, index) => [`x${index}`, tensor(shape)]);
  return { kind: "tensors" as const, tensors: Object.fromEntries(named) as Tensors, rows };
}

describe("what waits", () => {
  test("is measured in rows and, by its row, in elements", () => {
    expect(entry(tensors(3, [2, 5], []))).toMatchObject({ rows: 3, length: 11, aloneMs: 33 });
  });

  test("is measured by its longest text in estimated tokens, up to what the model takes", () => {
    expect(entry({ kind: "inputs", inputs: [{ text: "12345678" }] })).toMatchObject({
      rows: 1,
      length: 4,
    });
    expect(entry({ kind: "inputs", inputs: [{ text: "" }] })).toMatchObject({ rows: 1, length: 2 });
    expect(entry({ kind: "inputs", inputs: [{ text: "a".repeat(1e6) }] })).toMatchObject({
      length: 128,
    });
  });

  test("is alone as a text that is longer than the model takes", () => {
    const text = (characters: number) =>
      entry({ kind: "inputs", inputs: [{ text: "a".repeat(characters) }] });

    expect(text(4 * 125).alone).toBe(false);
    expect(text(4 * 126).alone).toBe(true);
    expect(entry(tensors(1, [1_000])).alone).toBe(false);
  });

  test("may share a batch with what has the same model and shapes, whatever the rows", () => {
    const { key } = entry(tensors(3, [2, 5], [1]));

    expect(entry(tensors(9, [2, 5], [1])).key).toBe(key);
    expect(entry(tensors(3, [5, 2], [1])).key).not.toBe(key);
    expect(entry(tensors(3, [2, 5], [1]), 1).key).not.toBe(key);
  });

  test("has the same key in whatever order its inputs were named", () => {
    const one = tensors(1, [2], [3]);
    const reversed = Object.entries(one.tensors).reverse();

    expect(entry({ ...one, tensors: Object.fromEntries(reversed) }).key).toBe(entry(one).key);
  });

  test("is answered once: what comes later is dropped", async () => {
    const one = entry({ kind: "sample" });
    expect(one.settled).toBe(false);

    one.settle(failed("cancelled", "first"));
    one.settle(failed("internal", "second"));

    expect(one.settled).toBe(true);
    expect(await one.answer).toEqual(failed("cancelled", "first"));
  });
});
