import { afterAll, describe, expect, spyOn, test } from "bun:test";
import { join } from "node:path";
import {
  expectedOfMinilm,
  lacksMinilm,
  MINILM,
  SENTIMENT,
  WITH_MINILM,
} from "@flotilla/testkit/shared-models";
import { Tokenizer } from "@huggingface/tokenizers";
import type { TensorSpec } from "../tensor.ts";
import { createTextEncoder, unknownTextInputs } from "./text-encoder.ts";

function input(name: string, more: Partial<TensorSpec> = {}): TensorSpec {
  return { name, datatype: "INT64", shape: [-1, -1], symbols: ["batch", "sequence"], ...more };
}

async function encoderOf(
  folder: string,
  options: { readonly maxLength?: number; readonly inputs?: readonly TensorSpec[] } = {},
) {
  return createTextEncoder({
    tokenizerJson: await Bun.file(join(folder, "tokenizer.json")).json(),
    tokenizerConfig: await Bun.file(join(folder, "tokenizer_config.json")).json(),
    maxLength: options.maxLength,
    inputs: options.inputs ?? [input("input_ids"), input("attention_mask")],
  });
}

const sentimentEncoder = (options?: Parameters<typeof encoderOf>[1]) =>
  encoderOf(join(SENTIMENT, "1"), options);

/** The numbers of an input, a row each. */
function rows(tensors: ReturnType<Awaited<ReturnType<typeof encoderOf>>["encode"]>, name: string) {
  const { shape, data } = tensors[name] ?? { shape: [], data: [] };
  const [count = 0, width = 0] = shape;
  const numbers = Array.from(data as ArrayLike<unknown>, Number);
  return Array.from({ length: count }, (_, row) => numbers.slice(row * width, (row + 1) * width));
}

const [PAD, CLS, SEP] = [0, 2, 3];

describe("texts", () => {
  test("become ids between special tokens, padded to the longest of the batch and no further", async () => {
    const { encode } = await sentimentEncoder();
    const tensors = encode(["the rollout was painless", "the", ""]);
    const [long = [], short, empty] = rows(tensors, "input_ids");
    const the = long[1] ?? Number.NaN;

    expect([long[0], long.at(-1)]).toEqual([CLS, SEP]);
    expect(short).toEqual([CLS, the, SEP, ...long.slice(3).map(() => PAD)]);
    expect(empty?.slice(0, 3)).toEqual([CLS, SEP, PAD]);
    expect(rows(tensors, "attention_mask")).toEqual(
      [long.length, 3, 2].map((tokens) => long.map((_, at) => (at < tokens ? 1 : 0))),
    );
    expect(rows(encode(["the"]), "input_ids")).toEqual([[CLS, the, SEP]]);
  });

  test("fill the model's own inputs, in its datatypes", async () => {
    const inputs = [input("token_type_ids", { datatype: "INT32" }), input("attention_mask")];
    const tensors = (await sentimentEncoder({ inputs })).encode(["the"]);

    expect(tensors["token_type_ids"]?.data).toEqual(Int32Array.of(0, 0, 0));
    expect(tensors["attention_mask"]?.data).toEqual(BigInt64Array.of(1n, 1n, 1n));
    expect(unknownTextInputs([...inputs, input("pixels")])).toEqual(["pixels"]);
  });

  test("that are too long are cut, and keep their closing special token", async () => {
    const { encode } = await sentimentEncoder({ maxLength: 5 });
    const [row = []] = rows(encode(["the the the the the the the"]), "input_ids");
    const the = row[1] ?? Number.NaN;

    expect(row).toEqual([CLS, the, the, the, SEP]);
    expect(rows(encode(["the the the"]), "input_ids")).toEqual([row]);
  });

  test("of few tokens for their characters are read on until there are enough", async () => {
    const { encode } = await sentimentEncoder({ maxLength: 6 });
    const far = ["the", "rollout", "was", "painless"];

    expect(encode([far.join(" ".repeat(50))])).toEqual(encode([far.join(" ")]));
  });

  test("are cut at 512 tokens where no file names a length", async () => {
    const encoder = await sentimentEncoder();

    expect(encoder.maxLength).toBe(512);
    expect(encoder.encode(["the ".repeat(600)])["input_ids"]?.shape).toEqual([1, 512]);
  });

  test("have the length that the ONNX file fixes", async () => {
    const inputs = [input("input_ids", { shape: [1, 4] }), input("attention_mask")];
    const encoder = await sentimentEncoder({ inputs });
    const [short = []] = rows(encoder.encode(["the"]), "input_ids");
    const the = short[1] ?? Number.NaN;

    expect(encoder.maxLength).toBe(4);
    expect(short).toEqual([CLS, the, SEP, PAD]);
    expect(rows(encoder.encode(["the the the the"]), "input_ids")).toEqual([[CLS, the, the, SEP]]);
  });
});

describe("a text of 16 million characters", () => {
  const SIZE = 16 * 1024 * 1024;
  const encode = spyOn(Tokenizer.prototype, "encode");
  afterAll(() => encode.mockRestore());
  const charactersLookedAt = () => encode.mock.calls.reduce((sum, [text]) => sum + text.length, 0);

  test("is cut before it is tokenised, and between two words", async () => {
    const encoder = await sentimentEncoder({ maxLength: 128 });
    encode.mockClear();
    const [row = []] = rows(encoder.encode(["wonderful ".repeat(SIZE / 10)]), "input_ids");

    expect(charactersLookedAt()).toBeLessThanOrEqual(128 * 16);
    expect(row).toHaveLength(128);
    expect(new Set(row).size).toBe(3);
  });

  test.each([
    ["white space", " ".repeat(SIZE), [CLS, SEP]],
    ["one unbroken word", "a".repeat(SIZE), [CLS, 1, SEP]],
    ["no letters", "\u0000".repeat(SIZE), [CLS, SEP]],
  ])("that is %s is not read to its end either", async (_, text, ids) => {
    const encoder = await sentimentEncoder({ maxLength: 128 });
    encode.mockClear();

    expect(rows(encoder.encode([text]), "input_ids")).toEqual([ids]);
    expect(charactersLookedAt()).toBeLessThanOrEqual(128 * (16 + 64));
  });
});

describe.skipIf(lacksMinilm)(`${WITH_MINILM}'s texts`, () => {
  test("have the same ids as from Hugging Face's own tokenizers", async () => {
    const { encode } = await encoderOf(MINILM, { maxLength: 128 });
    const expected = await expectedOfMinilm();

    for (const { text, tokens, first_token_ids } of expected) {
      const [row = []] = rows(encode([text]), "input_ids");
      expect(row.slice(0, first_token_ids.length)).toEqual([...first_token_ids]);
      expect(row).toHaveLength(tokens);
    }
  });
});
