import type { FailureKind } from "@flotilla/common/failure";
import { FAILURE_STATUS } from "@flotilla/common/failure-status";
import { type TSchema, Type } from "@sinclair/typebox";
import type { DocumentDecoration } from "elysia";
import { REPLICA_STATES } from "../fleet/replica-state.ts";
import { ScaleBody } from "./read-scale.ts";

const nullable = (schema: TSchema) => Type.Union([schema, Type.Null()]);

const Status = Type.Object({
  nginx: Type.Object({
    version: Type.String(),
    pid: nullable(Type.Integer()),
    generation: Type.Integer({ description: "configurations that NGINX was given so far" }),
    reloads: Type.Integer(),
    in_step: Type.Boolean({ description: "it serves with what it should have now" }),
    refused: Type.Array(Type.String(), { description: "what it has against that" }),
  }),
  strategy: Type.String(),
  replicas: Type.Array(
    Type.Object({
      id: Type.String(),
      state: Type.Union(REPLICA_STATES.map((state) => Type.Literal(state))),
      pid: nullable(Type.Integer()),
      http: Type.String(),
      grpc: Type.String(),
      weight: Type.Integer(),
      backup: Type.Boolean(),
      in_flight: Type.Integer(),
      sessions: Type.Object(
        {
          in_memory: Type.Integer(),
          hits: Type.Integer({ description: "turns that found their conversation in memory" }),
          restores: Type.Record(Type.String(), Type.Integer(), {
            description: "turns whose conversation came from the store, by why",
          }),
          hit_share: nullable(Type.Number({ description: "hits ÷ (hits + restores)" })),
        },
        { description: "conversations, since the replica's process started" },
      ),
      ejected_until: nullable(Type.String()),
      reason: nullable(Type.String({ description: "why it does not serve" })),
      restarts: Type.Integer(),
    }),
  ),
});

const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  request_id: Type.String(),
  problems: Type.Optional(Type.Array(Type.String(), { description: "each of several" })),
});

/** TypeBox makes JSON Schemas, as OpenAPI 3.1 takes them; Elysia's type for details still knows only 3.0's. */
function detail(operation: object): DocumentDecoration {
  return { tags: ["operations"], ...operation } as unknown as DocumentDecoration;
}

const TEXT = { "text/plain": {} };
const FLEET = { description: "The fleet", content: { "application/json": { schema: Status } } };

function problems(kinds: Readonly<Partial<Record<FailureKind, string>>>) {
  const responses = Object.entries(kinds).map(([kind, description]) => [
    String(FAILURE_STATUS[kind as FailureKind].http),
    { description, content: { "application/problem+json": { schema: Problem } } },
  ]);
  return Object.fromEntries(responses);
}

/** What may come of every operation. */
const ANY_OPERATION = {
  forbidden: "A web page asked",
  "operation-failed": "It stopped half-way; the detail says where and why",
  "not-supervised": "The replicas are another system's",
  "not-ready": "The supervisor does not answer",
} as const;

function operation(options: {
  readonly summary: string;
  readonly description?: string;
  readonly refusals: Readonly<Partial<Record<FailureKind, string>>>;
  readonly more?: object;
}) {
  const { summary, description, refusals, more } = options;
  return detail({
    summary,
    ...(description === undefined ? {} : { description }),
    ...more,
    responses: { "200": FLEET, ...problems({ ...refusals, ...ANY_OPERATION }) },
  });
}

const UNDER_WAY = "Another restart, scale or reload is under way";
const ID = {
  parameters: [
    { name: "id", in: "path", required: true, schema: { type: "string" }, example: "server-2" },
  ],
};

export const STATUS_DETAIL = detail({
  summary: "NGINX and the replicas",
  responses: { "200": FLEET },
});
export const SESSIONS_DETAIL = detail({
  summary: "The conversations in the session store",
  parameters: [
    { name: "model", in: "query", schema: { type: "string" } },
    {
      name: "limit",
      in: "query",
      schema: { type: "integer", default: 100, minimum: 1, maximum: 1000 },
    },
    {
      name: "after",
      in: "query",
      description: "with `model`: a session id; those that follow it",
      schema: { type: "string" },
    },
  ],
  responses: {
    "200": { description: "Conversations, by model and id", content: { "application/json": {} } },
    ...problems({
      "invalid-input": "The limit is none",
      "not-ready": "No replica serves",
      "store-unavailable": "The store is down",
    }),
  },
});
export const NGINX_STATUS_DETAIL = detail({
  summary: "NGINX's stub_status",
  responses: {
    "200": { description: "NGINX's own counters", content: TEXT },
    ...problems({ "not-ready": "NGINX does not run" }),
  },
});
export const METRICS_DETAIL = detail({
  summary: "Metrics of the whole fleet in the Prometheus text format",
  responses: { "200": { description: "Metrics", content: TEXT } },
});
export const DRAIN_DETAIL = operation({
  summary: "Take a replica out of the fleet, without a failed request",
  description: "It answers what it has, ends, and stays so until it is returned.",
  refusals: {
    "replica-not-found": "There is no such replica",
    conflict: "Nobody else serves, or it is being removed",
  },
  more: ID,
});
export const RETURN_DETAIL = operation({
  summary: "Bring a drained replica back",
  refusals: { "replica-not-found": "There is no such replica", conflict: "It is being removed" },
  more: ID,
});
export const RESTART_DETAIL = operation({
  summary: "Restart the replicas, one at a time",
  description: "Each serves before the next one drains. Drained ones stay drained.",
  refusals: { conflict: `${UNDER_WAY}, or nobody would serve meanwhile` },
});
export const SCALE_DETAIL = operation({
  summary: "Make the fleet larger or smaller",
  refusals: {
    "invalid-input": "The body is not as it should be",
    conflict: `${UNDER_WAY}, a port is taken, or nobody would serve`,
    "unsupported-media-type": "The body is no JSON",
  },
  more: { requestBody: { required: true, content: { "application/json": { schema: ScaleBody } } } },
});
export const RELOAD_DETAIL = operation({
  summary: "Read the settings and the user's NGINX directives anew",
  description: "What is refused changes nothing. Replicas whose settings changed are restarted.",
  refusals: {
    conflict: UNDER_WAY,
    "refused-configuration": "The settings or the directives are wrong; `problems` lists why",
  },
});
