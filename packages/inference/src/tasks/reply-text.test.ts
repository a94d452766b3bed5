import { describe, expect, test } from "bun:test";
import { Tokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { createReplyText } from "./reply-text.ts";

type Decode = (tokens: readonly number[]) => string;

function tell(tokens: readonly number[], decode: Decode, hidden: ReadonlySet<number> = new Set()) {
  const pieces: string[] = [];
  const reply = createReplyText({ hidden, decode }, (piece) => pieces.push(piece));
  for (const token of tokens) reply.add(token);
  const text = reply.end();
  return { pieces, text };
}

/** Each byte a token, as the smallest that byte-level tokenizers have. */
const decodeBytes: Decode = (tokens) => new TextDecoder().decode(Uint8Array.from(tokens));

const bytesOf = (text: string) => [...new TextEncoder().encode(text)];

describe("a reply", () => {
  test("tells a letter when all its bytes are there, and no white space at its ends", () => {
    expect(tell(bytesOf(" 🚢 ahoi é\n "), decodeBytes)).toEqual({
      pieces: ["🚢", " a", "h", "o", "i", " é"],
      text: "🚢 ahoi é",
    });
    expect(tell([], decodeBytes)).toEqual({ pieces: [], text: "" });
  });

  test("is in pieces what it is as a whole, whatever is said", () => {
    // U+FFFD itself is taken for bytes that are no letter.
    const anything = fc.string({ unit: "grapheme" }).filter((said) => !said.includes("\uFFFD"));
    fc.assert(
      fc.property(anything, (said) => {
        const { pieces, text } = tell(bytesOf(said), decodeBytes);

        expect(pieces.join("")).toBe(text);
        expect(text).toBe(decodeBytes(bytesOf(said)).trim());
      }),
    );
  });

  test("shows bytes that are no letter, and goes on behind them", () => {
    const { pieces, text } = tell(
      [0xf0, 0xf0, 0xf0, 0xf0, 0xf0, 0xf0, ...bytesOf("ok"), 0xe2],
      decodeBytes,
    );

    expect(pieces.join("")).toBe(text);
    expect(text).toMatch(/^\uFFFD+ok\uFFFD$/);
  });

  test("leaves hidden tokens out, as if they had not been said", () => {
    const words: Decode = (tokens) => tokens.map((token) => `w${token}`).join(" ");

    expect(tell([0, 1, 0, 0, 0, 0, 0, 2], words, new Set([0]))).toEqual({
      pieces: ["w1", " w2"],
      text: "w1 w2",
    });
  });
});

const WORDS = [
  "a",
  "##b",
  "▁c",
  "d</w>",
  "e",
  ".",
  "'",
  "s",
  "n't",
  "▁",
  "<0xE2>",
  "<0x82>",
  "<0xAC>",
];

describe.each<[string, object | null]>([
  ["WordPiece", { type: "WordPiece", prefix: "##", cleanup: true }],
  ["Metaspace", { type: "Metaspace", replacement: "▁", add_prefix_space: true }],
  ["BPE", { type: "BPEDecoder", suffix: "</w>" }],
  [
    "byte fallback",
    {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "▁" }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        { type: "Strip", content: " ", start: 1, stop: 0 },
      ],
    },
  ],
  ["no", null],
])("with %s decoder", (_, decoder) => {
  const tokenizer = new Tokenizer(
    {
      version: "1.0",
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      decoder,
      model: {
        type: "WordPiece",
        unk_token: "a",
        vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
      },
    },
    {},
  );
  const decode: Decode = (tokens) =>
    tokens.length === 0
      ? ""
      : tokenizer.decode([...tokens], { clean_up_tokenization_spaces: false });

  test("a reply's pieces are its text, and that is what the tokenizer makes of the whole", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(WORDS.length - 1), { maxLength: 30 }), (tokens) => {
        const { pieces, text } = tell(tokens, decode);

        expect(pieces.join("")).toBe(text);
        expect(text).toBe(decode(tokens).trim());
      }),
    );
  });
});
