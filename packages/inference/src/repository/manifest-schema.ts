import { type Static, type TSchema, Type } from "@sinclair/typebox";

const wholeNumber = (maximum: number, options: { description: string; examples: number[] }) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum, ...options }));
const text = (options: { description: string; examples: string[] }) =>
  Type.Optional(Type.String({ minLength: 1, ...options }));
const token = (options: { description: string; examples: string[] }) =>
  Type.String({ minLength: 1, ...options });
const group = <T extends Record<string, TSchema>>(properties: T, description: string) =>
  Type.Object(properties, { description, additionalProperties: false });

/**
 * `model.yaml`: what the ONNX file and a Hugging Face export cannot say. `generate` writes it to
 * docs/schema/model.schema.json, so that editors complete it; `examples` are also what a problem offers as the mend.
 */
export const ManifestSchema = Type.Object(
  {
    task: Type.Optional(
      Type.Union(
        [
          Type.Literal("tensor"),
          Type.Literal("text-classification"),
          Type.Literal("embedding"),
          Type.Literal("conversation"),
        ],
        {
          description:
            "what the model does; without it: by config.json, else tensors in, tensors out",
          examples: ["text-classification"],
        },
      ),
    ),
    description: text({
      description: "one sentence for whoever lists the models",
      examples: ["Sentiment of short texts"],
    }),
    file: text({
      description: "the ONNX file, relative to the version's folder, where there are several",
      examples: ["onnx/model_int8.onnx"],
    }),
    labels: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: "the classes, in the order of the output; without it: config.json's id2label",
        minItems: 1,
        uniqueItems: true,
        examples: [["negative", "positive"]],
      }),
    ),
    batching: Type.Optional(
      group(
        {
          max_batch: wholeNumber(65_536, {
            description: "rows of one batch at most, if fewer than the replica's batch_limit",
            examples: [32],
          }),
          mix: Type.Optional(
            Type.Union([Type.Literal("auto"), Type.Literal("always"), Type.Literal("never")], {
              description:
                "whether requests share a run; auto, the default: if a try at the start shows that the answers stay the same",
              examples: ["always"],
            }),
          ),
        },
        "how requests share a run",
      ),
    ),
    threads: wholeNumber(1_024, {
      description: "ONNX Runtime's threads for this model, instead of the replica's budget",
      examples: [2],
    }),
    onnxruntime: Type.Optional(
      Type.Record(
        Type.String({ pattern: "^(session|optimization|mlas)\\.[a-z0-9_.]+$" }),
        Type.String(),
        {
          description: "ONNX Runtime's own session configuration, its entries by their names there",
          examples: [{ "optimization.disable_specified_optimizers": "SkipLayerNormFusion" }],
          additionalProperties: false,
        },
      ),
    ),
    run_timeout_ms: wholeNumber(3_600_000, {
      description: "a run that takes longer ends the replica, which is replaced; default 5,000",
      examples: [5_000],
    }),
    setup_timeout_ms: wholeNumber(3_600_000, {
      description:
        "handler.ts must have been loaded, and its setup be done, by then; default 30,000",
      examples: [30_000],
    }),
    max_length: wholeNumber(1_000_000, {
      description:
        "tokens of one text; longer ones are cut: at the end, a conversation's at the front",
      examples: [256],
    }),
    embedding: Type.Optional(
      group(
        {
          pooling: Type.Optional(
            Type.Union([Type.Literal("none"), Type.Literal("mean"), Type.Literal("cls")], {
              description: "how a text's token vectors become one; none: the model did it itself",
              examples: ["mean"],
            }),
          ),
          normalize: Type.Optional(
            Type.Boolean({ description: "scale each embedding to length 1", examples: [true] }),
          ),
        },
        "how an embedding is made of the output",
      ),
    ),
    state: Type.Optional(
      Type.Array(
        group(
          {
            input: token({ description: "the input's name", examples: ["memory"] }),
            output: token({ description: "the output's name", examples: ["next_memory"] }),
            initial: Type.Optional(
              Type.Number({
                description: "every element before the first turn; default 0",
                examples: [0],
              }),
            ),
          },
          "an output that is the input of the conversation's next turn",
        ),
        {
          description: "what carries a conversation's memory from turn to turn",
          minItems: 1,
          examples: [[{ input: "memory", output: "next_memory" }]],
        },
      ),
    ),
    conversation: Type.Optional(
      group(
        {
          prompt: group(
            {
              before: text({ description: "stands before a turn's text", examples: ["<user>"] }),
              after: token({ description: "stands after it", examples: ["<bot>"] }),
              end: token({ description: "the one token that ends a reply", examples: ["<end>"] }),
              read_end: Type.Optional(
                Type.Boolean({
                  description: "whether the model reads its own end, too; default true",
                  examples: [true],
                }),
              ),
            },
            "how a turn is framed, as the model was trained",
          ),
          max_tokens: wholeNumber(65_536, {
            description: "tokens of one reply; a longer one is cut; default 64",
            examples: [64],
          }),
          temperature: Type.Optional(
            Type.Number({
              description:
                "how words are drawn: 0, the default, takes the likeliest, more leaves more to chance",
              minimum: 0,
              maximum: 100,
              examples: [0.7],
            }),
          ),
        },
        "how replies are made",
      ),
    ),
    warm_up: Type.Optional(
      Type.Object(
        {
          text: text({ description: "a typical text", examples: ["a typical text"] }),
          inputs: Type.Optional(
            Type.Record(Type.String(), Type.Unknown(), {
              description: "inputs by name: nested lists with every dimension, the batch's too",
              examples: [{ x: [[0.5, 1]] }],
            }),
          ),
        },
        {
          description: "what the first inference is made with; without it: a short text, or zeros",
          additionalProperties: false,
          minProperties: 1,
          maxProperties: 1,
          examples: [{ text: "a typical text" }],
        },
      ),
    ),
  },
  { title: "model.yaml of Flotilla", additionalProperties: false },
);

export type Manifest = Static<typeof ManifestSchema>;
