import { afterAll, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import type { ModelSource } from "../model-source.ts";
import { readRepository } from "./read-repository.ts";

const root = await mkdtemp(join(tmpdir(), "flotilla-repository-"));
afterAll(() => rm(root, { recursive: true }));

type Files = Readonly<Record<string, string | object>>;

/** A repository of these files: objects are written as JSON, and `-> path` is a link. */
async function repository(files: Files): Promise<string> {
  const folder = await mkdtemp(join(root, "models-"));
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    const text = typeof content === "string" ? content : JSON.stringify(content);
    if (text.startsWith("-> ")) await symlink(text.slice(3), path);
    else await Bun.write(path, text);
  }
  return folder;
}

/** Sources with paths relative to the repository, and without what is not said. */
async function read(files: Files, inner = "") {
  const folder = await repository(files);
  const checked = await readRepository(join(folder, inner));
  if (checked.problems.length > 0) {
    return checked.problems.map((problem) => problem.replaceAll(folder, "models"));
  }
  return checked.sources.map((source) => plain(source, folder));
}

function plain(source: ModelSource, folder: string): Record<string, unknown> {
  const entries = Object.entries(source)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => {
      const isPath = /File$|^folder$/.test(key);
      return [key, isPath ? relative(folder, `${value}`) : value];
    });
  return Object.fromEntries(entries);
}

const DEFAULTS = { multiLabel: false, runTimeoutMs: 5_000 };
const ONNX = "not read here";

describe("a repository", () => {
  test("has every version of every model, by name and number, and passes over what is not one", async () => {
    const sources = await read({
      "README.md": "",
      ".hidden/model.onnx": ONNX,
      "node_modules/dependency/package.json": {},
      "b/10/model.onnx": ONNX,
      "b/9/model.onnx": ONNX,
      "b/training/train.py": "",
      "b/.2/model.onnx": ONNX,
      "a/model.onnx": ONNX,
    });

    const tensor = { task: "tensor", ...DEFAULTS };
    expect(sources).toEqual([
      {
        name: "a",
        version: 1,
        folder: "a",
        manifestFile: "a/model.yaml",
        onnxFile: "a/model.onnx",
        ...tensor,
      },
      {
        name: "b",
        version: 9,
        folder: "b/9",
        manifestFile: "b/model.yaml",
        onnxFile: "b/9/model.onnx",
        ...tensor,
      },
      {
        name: "b",
        version: 10,
        folder: "b/10",
        manifestFile: "b/model.yaml",
        onnxFile: "b/10/model.onnx",
        ...tensor,
      },
    ]);
  });

  test("may be one model's folder, in any layout", async () => {
    const [name, version] = ["mine", 1];
    const common = { name, ...DEFAULTS, task: "tensor" };

    expect(await read({ "mine/model.onnx": ONNX }, "mine")).toEqual([
      {
        ...common,
        version,
        folder: "mine",
        manifestFile: "mine/model.yaml",
        onnxFile: "mine/model.onnx",
      },
    ]);
    expect(await read({ "mine/3/any.onnx": ONNX }, "mine/")).toEqual([
      {
        ...common,
        version: 3,
        folder: "mine/3",
        manifestFile: "mine/model.yaml",
        onnxFile: "mine/3/any.onnx",
      },
    ]);
  });

  test("takes everything that model.yaml says", async () => {
    const [source] = await read({
      "m/model.yaml": [
        "task: text-classification",
        "description: Says how a text feels",
        "file: small.onnx",
        "labels: [bad, good]",
        "batching: { max_batch: 16 }",
        "threads: 2",
        "onnxruntime: { session.dynamic_block_base: '4' }",
        "run_timeout_ms: 100",
        "max_length: 64",
        "warm_up: { text: hello }",
      ].join("\n"),
      "m/1/small.onnx": ONNX,
      "m/1/model.onnx": ONNX,
      "m/tokenizer.json": {},
    });

    expect(source).toEqual({
      name: "m",
      version: 1,
      task: "text-classification",
      description: "Says how a text feels",
      folder: "m/1",
      manifestFile: "m/model.yaml",
      onnxFile: "m/1/small.onnx",
      tokenizerFile: "m/tokenizer.json",
      labels: ["bad", "good"],
      multiLabel: false,
      maxBatch: 16,
      threads: 2,
      onnxruntime: { "session.dynamic_block_base": "4" },
      runTimeoutMs: 100,
      maxLength: 64,
      warmUp: { text: "hello" },
    });
  });

  test("takes what a conversation says, and where, for what is found wrong later", async () => {
    const sources = await read({
      "chat/model.yaml": [
        "task: conversation",
        "state:",
        "  - input: memory",
        "    output: next_memory",
        "  - { input: count, output: next_count, initial: -1 }",
        "conversation:",
        "  prompt:",
        "    before: <user>",
        "    after: <bot>",
        "    end: <end>",
        "    read_end: false",
        "  max_tokens: 20",
        "  temperature: 0.5",
        "max_length: 32",
        "warm_up: { text: hello }",
      ].join("\n"),
      "chat/model.onnx": ONNX,
      "chat/tokenizer.json": {},
      "sum/model.yaml": "state: [{ input: total, output: next_total }]",
      "sum/model.onnx": ONNX,
    });

    const [chat, sum] = JSON.parse(
      JSON.stringify(sources).replaceAll(/[^"]*\/models-[^/]*/g, "models"),
    );
    expect(chat).toMatchObject({
      task: "conversation",
      maxLength: 32,
      state: [
        {
          input: "memory",
          output: "next_memory",
          initial: 0,
          at: {
            input: "models/chat/model.yaml:3: state.0.input",
            output: "models/chat/model.yaml:4: state.0.output",
            initial: "models/chat/model.yaml:3: state.0.initial",
          },
        },
        { input: "count", output: "next_count", initial: -1 },
      ],
      conversation: {
        before: "<user>",
        after: "<bot>",
        end: "<end>",
        readEnd: false,
        maxTokens: 20,
        temperature: 0.5,
        at: { end: "models/chat/model.yaml:10: conversation.prompt.end" },
      },
    });
    expect(sum).toMatchObject({ task: "tensor", state: [{ input: "total", initial: 0 }] });
  });

  test("takes embeddings' and tensors' own keys", async () => {
    const sources = await read({
      "e/model.yaml": "embedding: { pooling: cls, normalize: false }",
      "e/model.onnx": ONNX,
      "e/tokenizer.json": {},
      "t/model.yaml": "warm_up: { inputs: { x: [[1, 2]] } }",
      "t/model.onnx": ONNX,
    });

    expect(sources).toMatchObject([
      { task: "embedding", pooling: "cls", normalize: false },
      { task: "tensor", warmUp: { inputs: { x: [[1, 2]] } } },
    ]);
  });
});

describe("a Hugging Face export", () => {
  test("of a classifier has its labels, its length and its way of scoring", async () => {
    const sources = await read({
      "topics/config.json": {
        architectures: ["BertForSequenceClassification"],
        id2label: { "1": "sport", "0": "art", "2": "trade" },
        problem_type: "multi_label_classification",
        max_position_embeddings: 512,
      },
      "topics/tokenizer.json": { truncation: { max_length: 128 } },
      "topics/tokenizer_config.json": { model_max_length: 1e30 },
      "topics/onnx/model.onnx": ONNX,
      "topics/onnx/model_int8.onnx": ONNX,
    });

    expect(sources).toEqual([
      {
        name: "topics",
        version: 1,
        task: "text-classification",
        folder: "topics",
        manifestFile: "topics/model.yaml",
        onnxFile: "topics/onnx/model.onnx",
        tokenizerFile: "topics/tokenizer.json",
        tokenizerConfigFile: "topics/tokenizer_config.json",
        labels: ["art", "sport", "trade"],
        multiLabel: true,
        maxLength: 128,
        runTimeoutMs: 5_000,
      },
    ]);
  });

  test("of any other text model makes embeddings, and may be made of links", async () => {
    const outside = await repository({ blob: ONNX, tokenizer: {} });
    const sources = await read({
      "minilm/config.json": { architectures: ["BertModel"], id2label: { "7": "unused" } },
      "minilm/tokenizer.json": `-> ${outside}/tokenizer`,
      "minilm/model_int8.onnx": `-> ${outside}/blob`,
    });

    expect(sources).toMatchObject([
      { name: "minilm", task: "embedding", onnxFile: "minilm/model_int8.onnx" },
    ]);
  });

  test("without a tokenizer or a classifier's name is tensors in, tensors out", async () => {
    const files = { "m/config.json": { architectures: null }, "m/model.onnx": ONNX };

    expect(await read(files)).toMatchObject([{ task: "tensor" }]);
  });
});

const LAYOUTS =
  "expected MODEL/1/model.onnx, MODEL/model.onnx, or a Hugging Face export in MODEL (config.json, tokenizer.json, onnx/model.onnx)";

describe("a repository that is wrong", () => {
  test("says so for all models at once, with file, line, key and mend", async () => {
    const problems = await read({
      "a/model.yaml": [
        "# comment",
        "task: classify",
        "batching:",
        "  max_batch: many",
        "  max_bach: 3",
        "labels: [x, x]",
        "warm_up: {}",
        "embedding: mean",
        "secret: 1",
        "threads: 0",
        "state:",
        "  - { input: x, initial: much }",
        "conversation: { prompt: { after: a, end: b }, temperature: 101 }",
      ].join("\n"),
      "a/model.onnx": ONNX,
      "b/model.yaml": "task: [\n",
      "b/model.onnx": ONNX,
      "c/model.yaml": "- task\n",
      "d/model.yaml": "task: tensor\ntask: embedding\n",
      "e/model.yaml": "file: *nowhere\n",
      "f/model.yaml": "state: []\n",
    });

    expect(problems).toEqual([
      'models/a/model.yaml:2: task: expected one of tensor, text-classification, embedding, conversation, got "classify"; mend: task: "text-classification", for example',
      'models/a/model.yaml:4: batching.max_batch: expected a whole number from 1 to 65536, got "many"; mend: max_batch: 32, for example',
      "models/a/model.yaml:5: batching.max_bach: unknown key; mend: did you mean max_batch?",
      'models/a/model.yaml:6: labels: expected a list of texts, all different, got a list of 2; mend: labels: ["negative","positive"], for example',
      'models/a/model.yaml:7: warm_up: expected one of the keys text, inputs, got 0 keys; mend: warm_up: {"text":"a typical text"}, for example',
      'models/a/model.yaml:8: embedding: expected keys and values, got "mean"',
      "models/a/model.yaml:9: secret: unknown key; mend: use one of task, description, file, labels, batching, threads, onnxruntime, run_timeout_ms, setup_timeout_ms, max_length, embedding, state, conversation, warm_up",
      "models/a/model.yaml:10: threads: expected a whole number from 1 to 1024, got 0; mend: threads: 2, for example",
      'models/a/model.yaml:12: state.0.output: expected a text that is not empty, got undefined; mend: output: "next_memory", for example',
      'models/a/model.yaml:12: state.0.initial: expected a number, got "much"; mend: initial: 0, for example',
      "models/a/model.yaml:13: conversation.temperature: expected a number from 0 to 100, got 101; mend: temperature: 0.7, for example",
      "models/b/model.yaml:2: Flow sequence in block collection must be sufficiently indented and end with a ]; mend: write it as YAML 1.2",
      "models/c/model.yaml:1: the file: expected keys and values, got a list of 1",
      "models/d/model.yaml:2: Map keys must be unique; mend: write it as YAML 1.2",
      "models/e/model.yaml:1: the file: expected few and known aliases; mend: write the values out",
      'models/f/model.yaml:1: state: expected a list of at least 1, got a list of 0; mend: state: [{"input":"memory","output":"next_memory"}], for example',
    ]);
  });

  test("by its files is told each of them", async () => {
    const problems = await read({
      "_name/model.onnx": ONNX,
      "both/a.onnx": ONNX,
      "both/b.onnx": ONNX,
      "empty/README.md": "",
      "escape/model.yaml": "# the file of another\n\nfile: ../both/a.onnx",
      "escape/model.onnx": ONNX,
      "gaps/config.json": {
        architectures: ["XForSequenceClassification"],
        id2label: { 0: "a", 2: "b" },
      },
      "gaps/model.onnx": ONNX,
      "gaps/tokenizer.json": {},
      "json/config.json": "{",
      "json/model.onnx": ONNX,
      "json/tokenizer.json": [],
      "link/model.onnx": "-> nowhere",
      "link/model.yaml": "",
      "misplaced/model.yaml": "labels: [a]\nwarm_up:\n  text: a",
      "misplaced/model.onnx": ONNX,
      "missing/model.yaml": "file: other.onnx",
      "missing/model.onnx": ONNX,
      "talk/model.yaml": "# of whom\ntask: conversation",
      "talk/model.onnx": ONNX,
      "talk/tokenizer.json": {},
      "text/model.yaml": "task: embedding\nstate: [{ input: a, output: b }]",
      "text/model.onnx": ONNX,
      "versions/1/model.onnx": ONNX,
      "versions/2/README.md": "",
      "versions/03/model.onnx": ONNX,
      "yml/model.yml": "",
      "yml/model.onnx": ONNX,
    });

    expect(problems).toEqual([
      "models/_name: expected a name of 1 to 128 letters, digits and . _ -, the first no mark; mend: rename it (a leading dot hides a folder)",
      "models/both: expected one ONNX file or one model.onnx, got a.onnx, b.onnx; mend: name one in model.yaml, as file: a.onnx",
      `models/empty: ${LAYOUTS}, got none; mend: add it, or hide the folder by a leading dot`,
      "models/escape/model.yaml:3: file: expected a path inside the model's folder, got ../both/a.onnx; mend: move the file into it, and write the path from there",
      "models/gaps/config.json: id2label: expected a text for each of 0 to 1, got none for 1; mend: add it, or list labels in model.yaml",
      "models/json/config.json: expected JSON; mend: export the model again",
      "models/json/tokenizer.json: expected a JSON object, got something else; mend: export the model again",
      "models/link/model.onnx: expected something readable, got ENOENT; mend: restore what it points at, or remove it",
      "models/link: expected an ONNX file, got none; mend: put model.onnx there",
      "models/misplaced/model.yaml:1: labels: expected only with task text-classification, got task tensor; mend: remove it, or set task",
      "models/misplaced/model.yaml:3: warm_up.text: expected only with task text-classification or embedding or conversation, got task tensor; mend: remove it, or set task",
      "models/missing/model.yaml:1: file: expected an .onnx file of this folder, got other.onnx; mend: use one of model.onnx",
      "models/talk/model.yaml:2: task: expected state beside task conversation, got none; mend: state: [{ input: memory, output: next_memory }], for example",
      'models/talk/model.yaml:2: task: expected conversation beside task conversation, got none; mend: conversation: { prompt: { after: "<bot>", end: "<end>" } }, for example',
      "models/text: expected tokenizer.json, which embedding needs, got none; mend: add it, or say task: tensor in model.yaml",
      "models/text/model.yaml:2: state: expected only with task tensor or conversation or handler, got task embedding; mend: remove it, or set task",
      "models/versions/03: expected a version of 1 to 15 digits without a leading 0, got 03; mend: rename the folder",
      "models/versions/2: expected an ONNX file, got none; mend: put model.onnx there",
      "models/yml/model.yml: expected the name model.yaml; mend: rename it",
    ]);
  });

  test("has no models, or is no folder", async () => {
    expect(await read({ "README.md": "" })).toEqual([
      `models: ${LAYOUTS}, got no model; mend: add one, or set FLOTILLA_MODELS`,
    ]);
    expect(await read({ "a/model.onnx": ONNX }, "b")).toEqual([
      "models/b: expected a folder of models, got none; mend: create it, or set FLOTILLA_MODELS",
    ]);
  });
});
