import { castTo, constant, integer, integers, type Node, onnxModel } from "./onnx-builder.ts";

/** A token's id is its position. `[NAME]` stands for the name that was told; `##ow` and `.` join what is before them. */
const VOCABULARY = [
  ...["[NAME]", "[UNK]", "[USER]", "[BOT]", "[END]"],
  ...["i", "am", "who", "hello", "you", "are", "do", "not", "kn", "##ow", ".", "sing", "la", "yes"],
  ...["anna", "bert", "cleo", "dora", "emil", "finn"],
];
const SPECIAL = ["[UNK]", "[USER]", "[BOT]", "[END]"];

/** The names that the model can be told. */
export const NAMES: readonly string[] = VOCABULARY.slice(-6);

/** What each mode makes it say, word by word; asked while it knows a name, it is in the one behind. */
const REPLIES = ["yes .", "hello [NAME] .", "i do not kn ##ow .", "you are [NAME] .", "la la"];
const [OTHER, TOLD, ASKED, KNOWING, SING] = [0, 1, 2, 3, 4];

/** Without a loop: all it needs of a sequence is the last token that is real, that is a name, that cues a mode. */
const NODES: readonly Node[] = [
  // A real token's place: its position, which counts most, and what it is.
  node("CumSum real one > position"),
  node("Mul position size > position_share"),
  node("Add position_share tokens > padded_place"),
  node("Mul padded_place real > place"),
  ...lastMarked("names", "told"),
  node("Where told_found told name > next_name"),
  ...lastMarked("cues", "cue"),
  node("Gather cue_modes cue > cue_mode"),
  node("Where cue_found cue_mode mode > next_mode"),
  node("Equal next_mode asked > is_asked"),
  node("Greater next_name zero > is_knowing"),
  node("And is_asked is_knowing > is_asked_knowing"),
  node("Where is_asked_knowing asked_knowing next_mode > reply"),
  ...lastOf("place", "before"),
  node("Mul reply size > reply_share"),
  node("Add reply_share before > reply_place"),
  node("Gather following reply_place > word"),
  node("Equal word zero > is_name"),
  node("Where is_name next_name word > said"),
  node("Unsqueeze said one > said_column"),
  node("Equal said_column ids > is_said"),
  node("Cast is_said > likely", castTo("FP32")),
  node("Mul likely confidence > logits"),
];

/** `token`: the last one of which there is a place in `places`; `token_found`: whether there is any. */
function lastOf(places: string, token: string): readonly Node[] {
  return [
    node(`ReduceMax ${places} > ${token}_place`, integers("axes", [1]), integer("keepdims", 0)),
    node(`Mod ${token}_place size > ${token}`),
    node(`Greater ${token}_place zero > ${token}_found`),
  ];
}

function lastMarked(marks: string, token: string): readonly Node[] {
  return [
    node(`Gather ${marks} tokens > ${token}_marks`),
    node(`Mul place ${token}_marks > ${token}_places`),
    ...lastOf(`${token}_places`, token),
  ];
}

/** `Op input input > output`. */
function node(line: string, ...attributes: readonly Uint8Array[]): Node {
  const [op = "", ...names] = line.split(" ");
  return { op, inputs: names.slice(0, -2), outputs: names.slice(-1), attributes };
}

/**
 * `tokens`, `mask` [batch, sequence] and the states `name`, `mode` [batch] → `logits` [batch, vocabulary], `next_name`,
 * `next_mode`. Where padding is read instead of left out, a reply depends on who shares the batch.
 */
export function rememberingModel(options: { readonly readsPadding?: boolean } = {}): Uint8Array {
  const value = (name: string, type: "INT64" | "FP32", ...sizes: readonly (string | number)[]) => ({
    name,
    type,
    shape: ["batch", ...sizes],
  });
  const scalars = {
    zero: 0,
    one: 1,
    size: VOCABULARY.length,
    asked: ASKED,
    asked_knowing: KNOWING,
  };
  return onnxModel({
    inputs: [
      value("tokens", "INT64", "sequence"),
      value("mask", "FP32", "sequence"),
      value("name", "INT64"),
      value("mode", "INT64"),
    ],
    outputs: [
      value("logits", "FP32", VOCABULARY.length),
      value("next_name", "INT64"),
      value("next_mode", "INT64"),
    ],
    nodes: [
      node(options.readsPadding ? "Equal mask mask > heeded" : "Identity mask > heeded"),
      node("Cast heeded > real", castTo("INT64")),
      ...NODES,
    ],
    constants: [
      ...Object.entries(scalars).map(([name, number]) => integersOf(name, [number])),
      integersOf("ids", Array.from(VOCABULARY.keys())),
      integersOf(
        "names",
        VOCABULARY.map((token) => (NAMES.includes(token) ? 1 : 0)),
      ),
      integersOf(
        "cues",
        VOCABULARY.map((token) => (cuedMode(token) === undefined ? 0 : 1)),
      ),
      integersOf(
        "cue_modes",
        VOCABULARY.map((token) => cuedMode(token) ?? OTHER),
      ),
      integersOf("following", REPLIES.flatMap(following)),
      constant({ name: "confidence", shape: [1], data: Float32Array.of(5) }),
    ],
  });
}

function cuedMode(token: string): number | undefined {
  if (NAMES.includes(token)) return TOLD;
  return { "[USER]": OTHER, who: ASKED, sing: SING }[token];
}

/** The token after each token of the vocabulary, in one mode; whatever has none in its reply ends it. */
function following(reply: string): readonly number[] {
  const words = reply.split(" ");
  const after = new Map([["[BOT]", words[0]]]);
  for (const [at, word] of words.entries()) {
    const next = words[at + 1];
    if (next === undefined) continue;
    for (const said of word === "[NAME]" ? NAMES : [word]) after.set(said, next);
  }
  return VOCABULARY.map((token) => VOCABULARY.indexOf(after.get(token) ?? "[END]"));
}

function integersOf(name: string, values: readonly number[]): Uint8Array {
  return constant({ name, shape: [values.length], data: BigInt64Array.from(values, BigInt) });
}

/**
 * A folder, for `writeModels`, with a conversation that can be foretold: to "i am anna" it says "hello anna.", and to
 * "who am i", however many turns later, "you are anna." or "i do not know."; to "sing" it says "la" until it is stopped,
 * and to all else "yes.". What is given is added to model.yaml.
 */
export function rememberingFiles(
  name: string,
  {
    conversation,
    ...more
  }: Readonly<Record<string, unknown>> & { readonly conversation?: object } = {},
): Readonly<Record<string, string | Uint8Array>> {
  const prompt = { before: "[USER]", after: "[BOT]", end: "[END]" };
  const manifest = {
    task: "conversation",
    state: ["name", "mode"].map((input) => ({ input, output: `next_${input}` })),
    conversation: { prompt, ...conversation },
    ...more,
  };
  return {
    [`${name}/model.onnx`]: rememberingModel(),
    // YAML is JSON's superset.
    [`${name}/model.yaml`]: JSON.stringify(manifest),
    [`${name}/tokenizer.json`]: JSON.stringify(tokenizer()),
  };
}

/** Words and their pieces, as BERT's tokenizers cut them and join them again. */
function tokenizer() {
  return {
    version: "1.0",
    added_tokens: SPECIAL.map((content) => ({
      id: VOCABULARY.indexOf(content),
      content,
      special: true,
      normalized: false,
    })),
    normalizer: { type: "Lowercase" },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: null,
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(VOCABULARY.map((token, id) => [token, id])),
    },
  };
}
