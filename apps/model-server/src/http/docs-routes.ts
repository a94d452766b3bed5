import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { openapi } from "@elysiajs/openapi";
import { Elysia } from "elysia";
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

/** Their routes are those of every model; a model's highest version stands last. */
function handlerPaths({ engine }: Replica): Record<string, never> {
  // TypeBox's JSON Schemas are OpenAPI 3.1's, and the plugin's types are 3.0's.
  return Object.fromEntries(
    engine.models.flatMap(({ name, task, takes }) =>
      task === "handler" && takes !== undefined
        ? [[`/models/${name}/predict`, { post: handlerDetail(name, takes) }]]
        : [],
    ),
  ) as Record<string, never>;
}

/** The specification and a page for it, whose assets come from the replica: it works offline. */
export function docsRoutes(replica: Replica) {
  const file = (request: Request, body: Bun.BodyInit, type: string) =>
    new Response(body, { headers: { ...answerHeaders(replica, request), "content-type": type } });
  const app = new Elysia()
    .onAfterHandle(({ request, path, set }) => {
      if (path === SPECIFICATION) Object.assign(set.headers, answerHeaders(replica, request));
    })
    // Its own pages load their assets from a CDN, so only the specification is its.
    .use(
      openapi({
        provider: null,
        specPath: SPECIFICATION,
        documentation: {
          info: {
            title: "Flotilla",
            version: "1",
            description: "ONNX models served by a fleet of replicas behind NGINX",
          },
          paths: handlerPaths(replica),
        },
        exclude: { paths: [/^\/docs/] },
      }),
    )
    .get("/docs", ({ request }) => file(request, PAGE, "text/html; charset=utf-8"));
  for (const [asset, type] of Object.entries(ASSETS)) {
    app.get(`/docs/${asset}`, ({ request }) => file(request, Bun.file(`${FOLDER}/${asset}`), type));
  }
  return app;
}
