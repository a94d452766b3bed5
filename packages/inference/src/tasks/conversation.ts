import { type Checked, refused } from "@flotilla/common/checked";
import { messageOf } from "@flotilla/common/message-of";
import { Tokenizer } from "@huggingface/tokenizers";
import type { Datatype } from "../datatype.ts";
import type { ConversationSource, ModelSource } from "../model-source.ts";
import type { TensorSpec, Tensors } from "../tensor.ts";
import { encodeBounded } from "./encode-bounded.ts";
import { DEFAULT_MAX_LENGTH } from "./text-encoder.ts";

/** What surrounds the runs of a model that is talked with. */
export interface Conversation {
  readonly maxLength: number;
  readonly maxTokens: number;
  readonly temperature: number;
  /** The token that ends a reply. */
  readonly end: number;
  readonly readEnd: boolean;
  /** A turn's tokens, as many as there are between what frames them; never none. */
  encode(text: string): readonly number[];
  /** Tokens that are no part of a reply's text. */
  readonly hidden: ReadonlySet<number>;
  decode(tokens: readonly number[]): string;
}

interface Signature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

export async function createConversation(
  source: ModelSource,
  signature: Signature,
): Promise<Checked<Conversation>> {
  const { conversation } = source;
  if (conversation === undefined) throw new Error("read-model.ts asks for it with the task");
  if (!isConversation(signature)) {
    const needs =
      "task conversation needs the inputs tokens INT64 and mask FP32, both [batch, sequence] with a variable sequence, the output logits FP32 [batch, vocabulary], and every other input as state in model.yaml";
    const mend = "export the model so, or say task: tensor";
    return refused(`${source.onnxFile}: ${needs}; got ${shown(signature)}; mend: ${mend}`);
  }
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer(await Bun.file(source.tokenizerFile ?? "").json(), {});
  } catch (error) {
    const message = messageOf(error);
    return refused(`${source.tokenizerFile}: not a usable tokenizer: ${message}`);
  }
  const maxLength = source.maxLength ?? DEFAULT_MAX_LENGTH;
  const frame = frameOf(tokenizer, { conversation, maxLength });
  if (!frame.ok) return frame;
  const { maxTokens, temperature, readEnd } = conversation;
  const { end } = frame.value;
  const text = textTokens(tokenizer, frame.value);
  return { ok: true, value: { maxLength, maxTokens, temperature, end, readEnd, ...text } };
}

function isConversation({ inputs, outputs }: Signature): boolean {
  const [tokens, mask, logits] = [
    inputs.find(({ name }) => name === "tokens"),
    inputs.find(({ name }) => name === "mask"),
    outputs.find(({ name }) => name === "logits"),
  ];
  return (
    inputs.length === 2 &&
    isMatrix(tokens, "INT64") &&
    isMatrix(mask, "FP32") &&
    isMatrix(logits, "FP32") &&
    tokens?.shape[1] === -1 &&
    mask?.shape[1] === -1
  );
}

function isMatrix(spec: TensorSpec | undefined, datatype: Datatype): boolean {
  return spec?.datatype === datatype && spec.shape.length === 2;
}

function shown({ inputs, outputs }: Signature): string {
  const list = (specs: readonly TensorSpec[]) =>
    specs
      .map(({ name, datatype, shape }) => `${name} ${datatype} [${shape.join(", ")}]`)
      .join(", ");
  return `${list(inputs)} → ${list(outputs)}`;
}

interface Frame {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly end: number;
  /** Tokens of a turn's own text at most. */
  readonly room: number;
}

function frameOf(
  tokenizer: Tokenizer,
  given: { readonly conversation: ConversationSource; readonly maxLength: number },
): Checked<Frame> {
  const { at, ...prompt } = given.conversation;
  const [before, after] = [tokensOf(tokenizer, prompt.before), tokensOf(tokenizer, prompt.after)];
  const end = tokenizer.token_to_id(prompt.end);
  if (before === undefined || after === undefined || end === undefined) {
    const lacking = [before ?? at.before, after ?? at.after, end ?? at.end];
    const wrong = lacking.filter((place) => typeof place === "string");
    const expected = "expected what tokenizer.json has a token for";
    const mend = "mend: write what the model was trained with";
    return refused(...wrong.map((place) => `${place}: ${expected}, got something else; ${mend}`));
  }
  const room = given.maxLength - before.length - after.length;
  if (room > 0) return { ok: true, value: { before, after, end, room } };
  const expected = `expected a prompt of fewer tokens than max_length (${given.maxLength})`;
  const got = before.length + after.length;
  return refused(`${at.after}: ${expected}, got ${got}; mend: raise max_length`);
}

function textTokens(
  tokenizer: Tokenizer,
  { before, after, end, room }: Frame,
): Pick<Conversation, "encode" | "hidden" | "decode"> {
  const unknown = tokenizer.model?.unk_token_id;
  const special = [...tokenizer.get_added_tokens_decoder().values()].filter((one) => one.special);
  const control = new Set([...special.map(({ id }) => id), end, ...alone(before), ...alone(after)]);
  // No client may end the model's turn for it, or begin one in its name.
  const encode = (text: string) =>
    tokenizer
      .encode(text, { add_special_tokens: false })
      .ids.filter((id) => id !== undefined && (id === unknown || !control.has(id)));
  return {
    encode(text) {
      const tokens = encodeBounded({ encode, text, most: room, keep: "tail" });
      return [...before, ...tokens.slice(-room), ...after];
    },
    hidden: unknown === undefined ? control : new Set([...control, unknown]),
    decode(tokens) {
      // Without the clean-up that joins "do" and "n't" afterwards: it would take back what was told already.
      const options = { clean_up_tokenization_spaces: false };
      return tokens.length === 0 ? "" : tokenizer.decode([...tokens], options);
    },
  };
}

/** A mark of the model's may be one token that no text is cut into, or several words. */
function tokensOf(tokenizer: Tokenizer, text: string): readonly number[] | undefined {
  if (text === "") return [];
  const whole = tokenizer.token_to_id(text);
  if (whole !== undefined) return [whole];
  const { ids } = tokenizer.encode(text, { add_special_tokens: false });
  const unknown = tokenizer.model?.unk_token_id;
  return ids.length > 0 && ids.every((id) => id !== undefined && id !== unknown) ? ids : undefined;
}

/** One token is a mark, several may be words that a text may have as well. */
function alone(tokens: readonly number[]): readonly number[] {
  return tokens.length === 1 ? tokens : [];
}

/** Rows of tokens, padded at the end to the longest; the mask is 1 where there is a token. */
export function tokenInputs(rows: readonly (readonly number[])[]): Tensors {
  const longest = Math.max(...rows.map(({ length }) => length));
  const shape = [rows.length, longest];
  const tokens = new BigInt64Array(rows.length * longest);
  const mask = new Float32Array(rows.length * longest);
  for (const [row, own] of rows.entries()) {
    for (const [at, token] of own.entries()) {
      tokens[row * longest + at] = BigInt(token);
      mask[row * longest + at] = 1;
    }
  }
  return {
    tokens: { datatype: "INT64", shape, data: tokens },
    mask: { datatype: "FP32", shape, data: mask },
  };
}
