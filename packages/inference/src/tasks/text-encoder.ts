import { Tokenizer } from "@huggingface/tokenizers";
import type { Tensor, TensorSpec, Tensors } from "../tensor.ts";
import { allocateData } from "../tensor.ts";
import { encodeBounded } from "./encode-bounded.ts";

export interface TextEncoder {
  readonly maxLength: number;
  /** Texts to the model's inputs, padded to the batch's longest, or to the length that the ONNX file fixes. */
  encode(texts: readonly string[]): Tensors;
}

/** No model's length is unlimited; this one holds where no file names one. */
export const DEFAULT_MAX_LENGTH = 512;

interface TokenizerJson {
  readonly padding?: { readonly pad_id?: number } | null;
  readonly added_tokens?: readonly { readonly id: number; readonly content: string }[];
}

/**
 * `@huggingface/tokenizers` 0.2 applies neither truncation nor padding. Truncation is honoured here as the Rust
 * tokenizers do it (special tokens stay at both ends); padding to a fixed length, which a `tokenizer.json` may ask
 * for, is not: it would make every short text cost as much as the longest.
 */
export function createTextEncoder(options: {
  readonly tokenizerJson: unknown;
  readonly tokenizerConfig: unknown;
  readonly maxLength: number | undefined;
  readonly inputs: readonly TensorSpec[];
}): TextEncoder {
  const json = options.tokenizerJson as TokenizerJson;
  const tokenizer = new Tokenizer(json, (options.tokenizerConfig ?? {}) as object);
  // An export may fix the length, and then every text has it.
  const fixedLength = options.inputs.map(({ shape }) => shape[1] ?? -1).find((size) => size > 0);
  const maxLength = Math.min(options.maxLength ?? DEFAULT_MAX_LENGTH, fixedLength ?? Infinity);
  const padId = json.padding?.pad_id ?? json.added_tokens?.find(isPad)?.id ?? 0;
  const suffix = specialSuffixLength(tokenizer);

  const ids = (text: string): readonly number[] => {
    const encode = (part: string) => tokenizer.encode(part).ids;
    const all = encodeBounded({ encode, text, most: maxLength, keep: "head" });
    if (all.length <= maxLength) return all;
    return [...all.slice(0, maxLength - suffix), ...all.slice(all.length - suffix)];
  };

  return {
    maxLength,
    encode(texts) {
      const rows = texts.map(ids);
      const longest = fixedLength ?? Math.max(1, ...rows.map(({ length }) => length));
      return Object.fromEntries(
        options.inputs.map((spec) => [spec.name, fill({ spec, rows, longest, padId })]),
      );
    },
  };
}

const FILLERS: Readonly<Record<string, (id: number | undefined, padId: number) => number>> = {
  input_ids: (id, padId) => id ?? padId,
  attention_mask: (id) => (id === undefined ? 0 : 1),
  token_type_ids: () => 0,
};

/** Inputs that no text can fill, so that a load can name them. */
export function unknownTextInputs(inputs: readonly TensorSpec[]): readonly string[] {
  return inputs.map(({ name }) => name).filter((name) => !Object.hasOwn(FILLERS, name));
}

function fill(options: {
  readonly spec: TensorSpec;
  readonly rows: readonly (readonly number[])[];
  readonly longest: number;
  readonly padId: number;
}): Tensor {
  const { spec, rows, longest, padId } = options;
  const filler = FILLERS[spec.name];
  if (filler === undefined) throw new Error(`no text fills the input ${spec.name}`);
  const shape = [rows.length, longest];
  const data = allocateData(spec.datatype, rows.length * longest);
  const wide = data instanceof BigInt64Array || data instanceof BigUint64Array;
  for (const [row, tokens] of rows.entries()) {
    for (let column = 0; column < longest; column++) {
      const value = filler(tokens[column], padId);
      data[row * longest + column] = wide ? BigInt(value) : value;
    }
  }
  return { datatype: spec.datatype, shape, data };
}

/** How many special tokens close a text, such as BERT's one [SEP]: what an empty text has after its first. */
function specialSuffixLength(tokenizer: Tokenizer): number {
  const plain = tokenizer.encode("a", { add_special_tokens: false }).ids;
  const dressed = tokenizer.encode("a").ids;
  const start = dressed.findIndex((_, index) =>
    plain.every((id, at) => dressed[index + at] === id),
  );
  return start === -1 ? 0 : dressed.length - start - plain.length;
}

function isPad({ content }: { readonly content: string }): boolean {
  return content === "[PAD]" || content === "<pad>";
}
