import { describe, expect, test } from "bun:test";
import type { Tensors } from "../tensor.ts";
import type { SessionModel } from "./load-model.ts";
import { replyCosts } from "./reply-costs.ts";

const ROW_MS = 0.2;
const MAX_TOKENS = 100;

/** A model that takes at least so long for each row of one token. */
async function run({ tokens }: Tensors): Promise<Tensors> {
  const end = performance.now() + (tokens?.shape[0] ?? 0) * ROW_MS;
  while (performance.now() < end);
  return {};
}

function costsOf(runTimeoutMs: number) {
  const conversation = {
    maxLength: 64,
    maxTokens: MAX_TOKENS,
    temperature: 0,
    end: 2,
    readEnd: true,
    hidden: new Set<number>(),
    encode: () => [1, 3],
    decode: () => "",
  };
  const model: SessionModel["model"] = {
    name: "m",
    version: 1,
    task: "conversation",
    inputs: [],
    outputs: [],
    state: [],
    batch: "dynamic",
    maxBatch: 256,
  };
  const source: SessionModel["source"] = {
    name: "m",
    version: 1,
    task: "conversation",
    folder: "m",
    manifestFile: "m/model.yaml",
    onnxFile: "m/model.onnx",
    multiLabel: false,
    runTimeoutMs,
  };
  const close = async () => {};
  const loaded = { source, model, run, close, task: undefined, conversation };
  const prompts = [1, 4].map((rows) => ({ rows, length: 8, ms: rows }));
  return replyCosts({ loaded, conversation, prompts });
}

describe("a turn", () => {
  test("costs its prompt and half of the longest reply", async () => {
    const { costs } = await costsOf(1_000_000);

    expect(costs.map(({ rows, length }) => [rows, length])).toEqual([
      [1, 8],
      [4, 8],
    ]);
    for (const { rows, ms } of costs) {
      expect(ms).toBeGreaterThanOrEqual(rows + rows * ROW_MS * (MAX_TOKENS / 2));
    }
  });

  test("shares its run with no more than could all talk to their ends in half of run_timeout_ms", async () => {
    expect((await costsOf(1_000_000)).maxBatch).toBe(256);
    expect((await costsOf(1_000)).maxBatch).toBeLessThanOrEqual(500 / MAX_TOKENS / ROW_MS);
    expect((await costsOf(1)).maxBatch).toBe(1);
  });
});
