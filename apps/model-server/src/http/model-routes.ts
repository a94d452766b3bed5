import { problemResponse } from "@flotilla/common/problem-response";
import type { LoadedModel } from "@flotilla/inference/loaded-model";
import type { TensorSpec } from "@flotilla/inference/tensor";
import { Elysia } from "elysia";
import type { Replica } from "../replica.ts";
import { answerHeaders } from "./answer-headers.ts";
import { MODEL_DETAIL, MODELS_DETAIL } from "./openapi-details.ts";

export function modelRoutes(replica: Replica) {
  const { engine } = replica;
  const headersOf = (request: Request) => answerHeaders(replica, request);
  return new Elysia()
    .get(
      "/models",
      ({ request }) => {
        const names = [...new Set(engine.models.map(({ name }) => name))];
        const models = names.map((name) => describe(engine.models, name));
        return Response.json({ models }, { headers: headersOf(request) });
      },
      { detail: MODELS_DETAIL },
    )
    .get(
      "/models/:model",
      ({ request, params }) => {
        const model = engine.find(params.model, "");
        const headers = headersOf(request);
        return model.ok
          ? Response.json(describe(engine.models, model.value.name), { headers })
          : problemResponse(model.failure, headers);
      },
      { detail: MODEL_DETAIL },
    );
}

/** The signature is the default version's: the highest. */
function describe(models: readonly LoadedModel[], name: string) {
  const versions = models.filter((model) => model.name === name);
  const model = versions.at(-1);
  if (model === undefined) throw new Error(`no model ${name}`);
  return {
    name,
    versions: versions.map(({ version }) => String(version)),
    default_version: String(model.version),
    task: model.task,
    inputs: model.inputs.map(describeTensor),
    outputs: model.outputs.map(describeTensor),
    state: [],
  };
}

function describeTensor({ name, datatype, shape }: TensorSpec) {
  return { name, datatype, shape };
}
