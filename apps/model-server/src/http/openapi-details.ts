import { FAILURE_STATUS } from "@flotilla/common/failure-status";
import type { TaskContract } from "@flotilla/inference/task-contract";
import { type TSchema, Type } from "@sinclair/typebox";
import type { DocumentDecoration } from "elysia";

const json = (description: string, schema: TSchema) => ({
  description,
  content: { "application/json": { schema } },
});

const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  request_id: Type.String(),
});

const PROBLEMS = Object.fromEntries(
  Object.values(FAILURE_STATUS)
    .filter(({ http }) => http !== 499)
    .map(({ http, title }) => [
      String(http),
      { description: title, content: { "application/problem+json": { schema: Problem } } },
    ]),
);

const Nested = Type.Unknown({ description: "nested arrays, row-major" });
const Inputs = Type.Record(Type.String(), Nested, {
  description: "the model's inputs by name, with every dimension, the batch's too",
});
const Instance = Type.Union([
  Type.Object({ text: Type.String() }),
  Type.Object({ inputs: Type.Record(Type.String(), Nested) }),
]);
const PredictRequest = Type.Union([
  Type.Object(
    {
      text: Type.String(),
      temperature: Type.Optional(
        Type.Number({ minimum: 0, maximum: 100, description: "of a conversation's reply" }),
      ),
      seed: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 2 ** 32 - 1,
          description: "of a conversation's reply",
        }),
      ),
    },
    { examples: [{ text: "the rollout was painless" }] },
  ),
  Type.Object({ inputs: Inputs }),
  Type.Object({ instances: Type.Array(Instance) }),
]);
const Prediction = Type.Union([
  Type.Object({
    label: Type.String(),
    score: Type.Number(),
    scores: Type.Record(Type.String(), Type.Number()),
  }),
  Type.Object({ embedding: Type.Array(Type.Number()) }),
  Type.Object({ text: Type.String() }),
  Type.Unknown({ description: "what a handler makes" }),
]);
const ANSWERED = {
  server_id: Type.String(),
  model: Type.String(),
  version: Type.String(),
  session_id: Type.Optional(Type.String({ description: "of a model with state" })),
  turn: Type.Optional(Type.Integer({ description: "of a model with state: 1, 2, …" })),
};
const PredictResponse = Type.Object({
  ...ANSWERED,
  prediction: Type.Optional(Prediction),
  outputs: Type.Optional(Type.Record(Type.String(), Nested)),
  predictions: Type.Optional(Type.Array(Type.Unknown())),
});
const Tensor = Type.Object({
  name: Type.String(),
  datatype: Type.String(),
  shape: Type.Array(Type.Integer({ description: "−1 is a variable dimension" })),
});
const Session = Type.Object({
  session_id: Type.String(),
  model: Type.String(),
  turns: Type.Integer(),
  created_at: Type.String(),
  last_used_at: Type.String(),
  state_bytes: Type.Integer(),
  server_id: Type.String({ description: "the replica that took the last turn" }),
});
const SESSION_PARAMETERS = [
  { name: "session", in: "path", required: true, schema: Type.String() },
  { name: "model", in: "query", schema: Type.String({ description: "without it: the default" }) },
];
const Model = Type.Object({
  name: Type.String(),
  versions: Type.Array(Type.String()),
  default_version: Type.String(),
  task: Type.String(),
  description: Type.Optional(Type.String()),
  inputs: Type.Array(Tensor),
  outputs: Type.Array(Tensor),
  state: Type.Array(Type.Object({ input: Type.String(), output: Type.String() })),
  input: Type.Optional(Type.Object({}, { description: "of a handler: JSON Schema" })),
  output: Type.Optional(Type.Object({}, { description: "of a handler: JSON Schema" })),
  accepts: Type.Optional(Type.Array(Type.String({ description: "media types" }))),
  examples: Type.Optional(Type.Array(Type.Object({}))),
});
const status = (...states: readonly string[]) =>
  Type.Object({ status: Type.Union(states.map((state) => Type.Literal(state))) });
const ReadyStatus = status("ready", "starting", "draining", "failing");
const Health = Type.Object({
  status: Type.String(),
  server_id: Type.String(),
  models: Type.Array(
    Type.Object({
      name: Type.String(),
      version: Type.String(),
      ready: Type.Boolean(),
      last_inference_at: Type.String(),
      last_inference_ms: Type.Number(),
      error: Type.Union([Type.String(), Type.Null()]),
    }),
  ),
});

/** TypeBox makes JSON Schemas, as OpenAPI 3.1 takes them; Elysia's type for details still knows only 3.0's. */
function detail(operation: {
  readonly summary: string;
  readonly tags: readonly string[];
  readonly requestBody?: object;
  readonly parameters?: readonly object[];
  readonly responses: Readonly<Record<string, unknown>>;
}): DocumentDecoration {
  return operation as unknown as DocumentDecoration;
}

export const PREDICT_DETAIL = detail({
  summary: "Run a model",
  tags: ["inference"],
  requestBody: { required: true, content: { "application/json": { schema: PredictRequest } } },
  responses: {
    "200": {
      description: "The prediction; with `accept: text/event-stream` as events",
      content: {
        "application/json": { schema: PredictResponse },
        "text/event-stream": {
          schema: Type.String({
            description:
              "`token` {text}, provisional, then `done` (the answer) or `error` (a problem)",
          }),
        },
      },
    },
    ...PROBLEMS,
  },
});

/** A model with a handler has a path of its own, with what that takes and gives. */
export function handlerDetail(
  name: string,
  { input, accepts, output, examples }: TaskContract,
): DocumentDecoration {
  const instances = input && { type: "array", items: input.json };
  const body = input && {
    schema: { anyOf: [input.json, { type: "object", properties: { instances } }] },
    examples: Object.fromEntries(examples.map((value, at) => [`example ${at + 1}`, { value }])),
  };
  const prediction = output ?? {};
  const answer = {
    ...Type.Object(ANSWERED).properties,
    prediction,
    predictions: { type: "array", items: prediction },
  };
  return detail({
    summary: `Run ${name}`,
    tags: ["inference"],
    requestBody: {
      required: true,
      content: {
        ...(body && { "application/json": body }),
        ...Object.fromEntries(accepts.map((type) => [type, {}])),
      },
    },
    responses: {
      "200": json("The prediction; of several instances the predictions", {
        type: "object",
        properties: answer,
      } as unknown as TSchema),
      ...PROBLEMS,
    },
  });
}

export const SESSION_DETAIL = detail({
  summary: "What is kept of a conversation",
  tags: ["conversations"],
  parameters: SESSION_PARAMETERS,
  responses: {
    "200": json("The conversation", Session),
    "404": PROBLEMS["404"],
    "503": PROBLEMS["503"],
  },
});
export const END_SESSION_DETAIL = detail({
  summary: "Forget a conversation",
  tags: ["conversations"],
  parameters: SESSION_PARAMETERS,
  responses: {
    "204": { description: "It is forgotten" },
    "404": PROBLEMS["404"],
    "503": PROBLEMS["503"],
  },
});
export const MODELS_DETAIL = detail({
  summary: "List the models",
  tags: ["models"],
  responses: { "200": json("Every model", Type.Object({ models: Type.Array(Model) })) },
});
export const MODEL_DETAIL = detail({
  summary: "Describe a model",
  tags: ["models"],
  responses: { "200": json("The model", Model), "404": PROBLEMS["404"] },
});
export const LIVE_DETAIL = detail({
  summary: "Whether the process lives",
  tags: ["health"],
  responses: { "200": json("It does", status("live")) },
});
export const READY_DETAIL = detail({
  summary: "Whether the replica wants requests",
  tags: ["health"],
  responses: { "200": json("It does", ReadyStatus), "503": json("It does not", ReadyStatus) },
});
export const HEALTH_DETAIL = detail({
  summary: "Readiness, model by model",
  tags: ["health"],
  responses: { "200": json("Ready", Health), "503": json("Not ready", Health) },
});
