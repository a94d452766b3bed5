import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type AnyElysia, Elysia } from "elysia";
import type { Replica } from "../replica.ts";
import { answerHeaders } from "./answer-headers.ts";
import { handlerDetail } from "./openapi-details.ts";

const FOLDER = dirname(fileURLToPath(import.meta.resolve("swagger-ui-dist/package.json")));
const ASSETS = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "favicon-32x32.png": "image/png",
} as const;

const SPECIFICATION = "/openapi.json";
const OPENAPI_VERSION = "3.1.2";

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Flotilla</title>
    <link rel="icon" href="/docs/favicon-32x32.png">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script>SwaggerUIBundle({ url: "${SPECIFICATION}", dom_id: "#swagger-ui" });</script>
  </body>
</html>
`;

/** The specification of all that is routed; read with its library when somebody asks for it. */
async function specify(app: AnyElysia, replica: Replica): Promise<object> {
  const { toOpenAPISchema } = await import("@elysiajs/openapi/openapi");
  const { paths, components } = toOpenAPISchema(
    app,
    { paths: [/^\/docs/] },
    undefined,
    undefined,
    OPENAPI_VERSION,
  );
  return {
    openapi: OPENAPI_VERSION,
    info: {
      title: "Flotilla",
      version: "1",
      description: "ONNX models served by a fleet of replicas behind NGINX",
    },
    paths: { ...paths, ...handlerPaths(replica) },
    components,
  };
}

/** Their routes are those of every model; a model's highest version stands last. */
function handlerPaths({ engine }: Replica): object {
  return Object.fromEntries(
    engine.models.flatMap(({ name, task, takes }) =>
      task === "handler" && takes !== undefined
        ? [[`/models/${name}/predict`, { post: handlerDetail(name, takes) }]]
        : [],
    ),
  );
}

/** The specification and a page for it, whose assets come from the replica: it works offline. */
export function docsRoutes(replica: Replica) {
  const file = (request: Request, body: Bun.BodyInit, type: string) =>
    new Response(body, { headers: { ...answerHeaders(replica, request), "content-type": type } });
  const app = new Elysia();
  let specification: Promise<object> | undefined;
  const specified = async ({ request }: { readonly request: Request }) => {
    specification ??= specify(app, replica);
    return Response.json(await specification, { headers: answerHeaders(replica, request) });
  };
  app
    .get(SPECIFICATION, specified, { detail: { hide: true } })
    .get("/docs", ({ request }) => file(request, PAGE, "text/html; charset=utf-8"));
  for (const [asset, type] of Object.entries(ASSETS)) {
    app.get(`/docs/${asset}`, ({ request }) => file(request, Bun.file(`${FOLDER}/${asset}`), type));
  }
  return app;
}
