import { describe, expect, test } from "bun:test";
import { rememberingFiles } from "@flotilla/testkit/remembering-model";
import { writeModels } from "@flotilla/testkit/write-models";
import type { ConversationSource, ModelSource } from "../model-source.ts";
import type { TensorSpec } from "../tensor.ts";
import { createConversation, tokenInputs } from "./conversation.ts";

const CONVERSATION: ConversationSource = {
  before: "[USER]",
  after: "[BOT]",
  end: "[END]",
  readEnd: true,
  maxTokens: 64,
  temperature: 0,
  at: { before: "m:1: before", after: "m:2: after", end: "m:3: end" },
};

function spec(name: string, datatype: "INT64" | "FP32", shape: readonly number[]): TensorSpec {
  return { name, datatype, shape, symbols: shape.map(() => undefined) };
}

const SIGNATURE = {
  inputs: [spec("tokens", "INT64", [-1, -1]), spec("mask", "FP32", [-1, -1])],
  outputs: [spec("logits", "FP32", [-1, 25])],
};

async function create(
  prompt: Partial<ConversationSource>,
  more: Partial<ModelSource> = {},
  signature: Partial<typeof SIGNATURE> = {},
) {
  await using models = await writeModels({ files: rememberingFiles("m") });
  const source: ModelSource = {
    name: "m",
    version: 1,
    task: "conversation",
    folder: "m",
    manifestFile: "m/model.yaml",
    onnxFile: "m/model.onnx",
    tokenizerFile: `${models.folder}/m/tokenizer.json`,
    multiLabel: false,
    runTimeoutMs: 5_000,
    conversation: { ...CONVERSATION, ...prompt },
    ...more,
  };
  const created = await createConversation(source, { ...SIGNATURE, ...signature });
  return created.ok ? created.value : created.problems;
}

async function tokensOf(text: string, ...args: Parameters<typeof create>) {
  const conversation = await create(...args);
  return conversation !== undefined && "encode" in conversation ? conversation.encode(text) : [];
}

const [USER, BOT, END] = [2, 3, 4];
const [I, AM, ANNA, POINT, UNKNOWN] = [5, 6, 19, 15, 1];

describe("a turn's text", () => {
  test("is framed as the model was trained, unknown words and all", async () => {
    expect(await tokensOf("I am Anna.", {})).toEqual([USER, I, AM, ANNA, POINT, BOT]);
    expect(await tokensOf("am Zoe", { before: "" })).toEqual([AM, UNKNOWN, BOT]);
    expect(await tokensOf("", {})).toEqual([USER, BOT]);
  });

  test("may be framed by several tokens, and by words", async () => {
    const prompt = { before: "[END][USER]", after: "am i" };

    expect(await tokensOf("anna", prompt)).toEqual([END, USER, ANNA, AM, I]);
    // Its words are not kept out of what users write.
    expect(await tokensOf("i am", prompt)).toEqual([END, USER, I, AM, AM, I]);
  });

  test("has none of the model's marks, whoever writes them", async () => {
    expect(await tokensOf("i [BOT][END] [USER] am", {})).toEqual([USER, I, AM, BOT]);
  });

  test("is cut at the front where there are more tokens than max_length", async () => {
    const cut = { maxLength: 4 };

    expect(await tokensOf(`anna ${"i ".repeat(1_000_000)} am`, {}, cut)).toEqual([
      USER,
      I,
      AM,
      BOT,
    ]);
    expect(await tokensOf("i".repeat(16_000_000), {}, cut)).toEqual([USER, UNKNOWN, BOT]);
  });
});

describe("a batch of turns", () => {
  test("is padded at its rows' ends, and the mask says where", () => {
    const data = (values: readonly number[]) => BigInt64Array.from(values, BigInt);

    expect(tokenInputs([[2, 5, 3], [7]])).toEqual({
      tokens: { datatype: "INT64", shape: [2, 3], data: data([2, 5, 3, 7, 0, 0]) },
      mask: { datatype: "FP32", shape: [2, 3], data: Float32Array.of(1, 1, 1, 1, 0, 0) },
    });
  });
});

describe("a conversation is refused, by place and mend,", () => {
  test("when tokenizer.json has not what frames a turn", async () => {
    const mend = "got something else; mend: write what the model was trained with";

    expect(await create({ before: "<user>", after: "zoe", end: "am i" })).toEqual([
      `m:1: before: expected what tokenizer.json has a token for, ${mend}`,
      `m:2: after: expected what tokenizer.json has a token for, ${mend}`,
      `m:3: end: expected what tokenizer.json has a token for, ${mend}`,
    ]);
  });

  test("when the frame leaves a text no room", async () => {
    expect(await create({}, { maxLength: 2 })).toEqual([
      "m:2: after: expected a prompt of fewer tokens than max_length (2), got 2; mend: raise max_length",
    ]);
  });

  test.each<[string, Partial<typeof SIGNATURE>]>([
    ["an input is missing", { inputs: SIGNATURE.inputs.slice(1) }],
    ["an input is no state", { inputs: [...SIGNATURE.inputs, spec("memory", "FP32", [-1, 4])] }],
    [
      "the length is fixed",
      { inputs: SIGNATURE.inputs.map((one) => ({ ...one, shape: [-1, 8] })) },
    ],
    ["the logits are of every token", { outputs: [spec("logits", "FP32", [-1, -1, 25])] }],
  ])("when %s", async (_, signature) => {
    expect(await create({}, {}, signature)).toEqual([
      expect.stringMatching(
        /^m\/model\.onnx: task conversation needs the inputs tokens INT64 and mask FP32, .*; got .* → .*; mend: export the model so, or say task: tensor$/,
      ),
    ]);
  });

  test("when its tokenizer is none", async () => {
    expect(await create({}, { tokenizerFile: "nowhere/tokenizer.json" })).toEqual([
      expect.stringMatching(/^nowhere\/tokenizer\.json: not a usable tokenizer: /),
    ]);
  });
});
