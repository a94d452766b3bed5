import { problemResponse } from "@flotilla/common/problem-response";
import { Elysia } from "elysia";
import { describeModels } from "../describe-models.ts";
import type { Replica } from "../replica.ts";
import { answerHeaders } from "./answer-headers.ts";
import { MODEL_DETAIL, MODELS_DETAIL } from "./openapi-details.ts";
import { pathParameter } from "./path-parameter.ts";

export function modelRoutes(replica: Replica) {
  const { engine } = replica;
  const headersOf = (request: Request) => answerHeaders(replica, request);
  return new Elysia()
    .get(
      "/models",
      ({ request }) => {
        const models = describeModels(engine.models);
        return Response.json({ models }, { headers: headersOf(request) });
      },
      { detail: MODELS_DETAIL },
    )
    .get(
      "/models/:model",
      ({ request, params }) => {
        const found = engine.find(pathParameter(params.model), "");
        const headers = headersOf(request);
        if (!found.ok) return problemResponse(found.failure, headers);
        const versions = engine.models.filter(({ name }) => name === found.value.name);
        return Response.json(describeModels(versions)[0], { headers });
      },
      { detail: MODEL_DETAIL },
    );
}
