import { openapi } from "@elysiajs/openapi";
import { failed } from "@flotilla/common/failure";
import type { Logger } from "@flotilla/common/logger";
import { noRoute, problemResponse } from "@flotilla/common/problem-response";
import { requestId } from "@flotilla/common/request-id";
import { Elysia } from "elysia";
import type { FleetWatch, ObservedReplica } from "../fleet/watch-fleet.ts";
import type { SupervisorClient } from "../supervisor-client.ts";
import { fleetMetrics } from "./fleet-metrics.ts";
import { METRICS_DETAIL, NGINX_STATUS_DETAIL, STATUS_DETAIL } from "./operations-schemas.ts";
import { readStubStatus } from "./read-stub-status.ts";
import { inFlightOf, type ScrapeReplicas } from "./scrape-replicas.ts";

export interface OperationsOptions {
  readonly watch: FleetWatch;
  readonly supervisor: SupervisorClient;
  readonly scrape: ScrapeReplicas;
  readonly nginxVersion: string;
  readonly stubStatusSocket: string;
  readonly logger: Logger;
}

/** What an operator and Prometheus ask. */
export function operationsApp(options: OperationsOptions) {
  const { watch, supervisor, scrape, stubStatusSocket, logger } = options;
  // `standardHostname`: else Elysia finds no path where the Host is shorter than four letters.
  const app = new Elysia({ handler: { standardHostname: false } });
  // Before the routes: Elysia's hooks only see what is registered after them.
  return app
    .onError({ as: "global" }, ({ code, error, request }) => {
      const headers = headersOf(request);
      if (code === "NOT_FOUND") return problemResponse(noRoute(app.routes, request), headers);
      logger.error({ request_id: headers["x-request-id"], err: error }, "unexpected error");
      const { failure } = failed("internal", "an unexpected error; the log has it");
      return problemResponse(failure, headers);
    })
    .use(
      openapi({
        provider: null,
        specPath: "/openapi.json",
        documentation: {
          info: {
            title: "Flotilla: operations",
            version: "1",
            description: "The gateway's view of the fleet",
          },
        },
      }),
    )
    .get("/status", () => status(options), { detail: STATUS_DETAIL })
    .get(
      "/nginx_status",
      async ({ request }) => {
        const text = await readStubStatus(stubStatusSocket);
        if (text === undefined) {
          const { failure } = failed("not-ready", "NGINX does not answer");
          return problemResponse(failure, headersOf(request));
        }
        return new Response(text, { headers: { "content-type": "text/plain" } });
      },
      { detail: NGINX_STATUS_DETAIL },
    )
    .get(
      "/metrics",
      async () => {
        const [pages, nginx, stubStatus] = await Promise.all([
          scrape(),
          supervisor.nginx(),
          readStubStatus(stubStatusSocket),
        ]);
        const text = fleetMetrics({ replicas: watch.replicas, pages, nginx, stubStatus });
        const type = "text/plain; version=0.0.4; charset=utf-8";
        return new Response(text, { headers: { "content-type": type } });
      },
      { detail: METRICS_DETAIL },
    );
}

function headersOf(request: Request) {
  return { "x-request-id": requestId(request.headers.get("x-request-id")) };
}

async function status({ watch, supervisor, scrape, nginxVersion }: OperationsOptions) {
  const [pages, nginx] = await Promise.all([scrape(), supervisor.nginx()]);
  return {
    nginx: {
      version: nginxVersion,
      pid: nginx?.pid ?? null,
      generation: nginx?.generation ?? 0,
      reloads: nginx?.reloads ?? 0,
    },
    strategy: "round-robin",
    replicas: watch.replicas.map((replica) => describe(replica, pages)),
  };
}

function describe(observed: ObservedReplica, pages: ReadonlyMap<string, string>) {
  const { replica, state, reason, pid, restarts } = observed;
  const { id, host, httpPort, grpcPort } = replica;
  return {
    id,
    state,
    pid,
    http: `${host}:${httpPort}`,
    grpc: `${host}:${grpcPort}`,
    weight: 1,
    backup: false,
    in_flight: inFlightOf(pages.get(id)),
    ejected_until: null,
    reason,
    restarts,
  };
}
