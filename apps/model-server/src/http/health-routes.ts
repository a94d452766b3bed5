import { Elysia } from "elysia";
import type { Replica } from "../replica.ts";
import { answerHeaders } from "./answer-headers.ts";
import { HEALTH_DETAIL, LIVE_DETAIL, READY_DETAIL } from "./openapi-details.ts";
import { refuseFromNginx } from "./refuse-from-nginx.ts";

/** What probes and scrapers ask. Nothing here waits for the worker, whatever it runs. */
export function healthRoutes(replica: Replica) {
  const { settings, engine, readiness, metrics } = replica;
  const headersOf = (request: Request) => ({
    ...answerHeaders(replica, request),
    "cache-control": "no-store",
  });
  const answer = (request: Request, body: object, ready: boolean) =>
    Response.json(body, {
      status: ready ? 200 : 503,
      headers: { ...headersOf(request), ...(ready ? {} : { "retry-after": "1" }) },
    });
  return new Elysia()
    .get("/health/live", ({ request }) => answer(request, { status: "live" }, true), {
      detail: LIVE_DETAIL,
    })
    .get(
      "/health/ready",
      ({ request }) => answer(request, { status: readiness.state }, readiness.state === "ready"),
      {
        detail: READY_DETAIL,
      },
    )
    .get(
      "/health",
      ({ request }) => {
        const models = engine.health().map((model) => ({
          name: model.name,
          version: String(model.version),
          ready: model.ready,
          last_inference_at: new Date(model.lastInferenceAt).toISOString(),
          last_inference_ms: model.lastInferenceMs,
          error: model.error ?? null,
        }));
        const body = { status: readiness.state, server_id: settings.server_id, models };
        return answer(request, body, readiness.state === "ready");
      },
      { detail: HEALTH_DETAIL },
    )
    .post(
      "/drain/release",
      ({ request }) => {
        const refusal = refuseFromNginx(replica, request);
        if (refusal !== undefined) return refusal;
        const status = replica.release() ? 204 : 409;
        return new Response(null, { status, headers: headersOf(request) });
      },
      // The gateway's way to say what the supervisor says with a second SIGTERM.
      { detail: { hide: true } },
    )
    .get(
      "/metrics",
      async ({ request }) =>
        refuseFromNginx(replica, request) ??
        new Response(await metrics.render(), {
          headers: {
            ...headersOf(request),
            "content-type": "text/plain; version=0.0.4; charset=utf-8",
          },
        }),
      // Not in the public description: NGINX keeps it to itself, and the gateway serves those of the fleet.
      { detail: { hide: true } },
    );
}
