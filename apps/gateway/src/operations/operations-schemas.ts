import { type TSchema, Type } from "@sinclair/typebox";
import type { DocumentDecoration } from "elysia";

const nullable = (schema: TSchema) => Type.Union([schema, Type.Null()]);

const Status = Type.Object({
  nginx: Type.Object({
    version: Type.String(),
    pid: nullable(Type.Integer()),
    generation: Type.Integer({ description: "configurations that NGINX was given so far" }),
    reloads: Type.Integer(),
  }),
  strategy: Type.String(),
  replicas: Type.Array(
    Type.Object({
      id: Type.String(),
      state: Type.Union(
        ["starting", "serving", "ejected", "draining", "drained", "gone"].map((state) =>
          Type.Literal(state),
        ),
      ),
      pid: nullable(Type.Integer()),
      http: Type.String(),
      grpc: Type.String(),
      weight: Type.Integer(),
      backup: Type.Boolean(),
      in_flight: Type.Integer(),
      ejected_until: nullable(Type.String()),
      reason: nullable(Type.String()),
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
});

/** TypeBox makes JSON Schemas, as OpenAPI 3.1 takes them; Elysia's type for details still knows only 3.0's. */
function detail(operation: object): DocumentDecoration {
  return { tags: ["operations"], ...operation } as unknown as DocumentDecoration;
}

const TEXT = { "text/plain": {} };

export const STATUS_DETAIL = detail({
  summary: "NGINX and the replicas",
  responses: {
    "200": { description: "The fleet", content: { "application/json": { schema: Status } } },
  },
});
export const NGINX_STATUS_DETAIL = detail({
  summary: "NGINX's stub_status",
  responses: {
    "200": { description: "NGINX's own counters", content: TEXT },
    "503": {
      description: "NGINX does not run",
      content: { "application/problem+json": { schema: Problem } },
    },
  },
});
export const METRICS_DETAIL = detail({
  summary: "Metrics of the whole fleet in the Prometheus text format",
  responses: { "200": { description: "Metrics", content: TEXT } },
});
