import { openapi } from "@elysiajs/openapi";
import { failed } from "@flotilla/common/failure";
import type { Logger } from "@flotilla/common/logger";
import { noRoute, problemResponse } from "@flotilla/common/problem-response";
import { Elysia } from "elysia";
import type { FleetKeeper } from "../keeping/fleet-keeper.ts";
import type { SupervisorClient } from "../supervisor-client.ts";
import { fleetMetrics } from "./fleet-metrics.ts";
import { fleetStatus } from "./fleet-status.ts";
import type { GatewayCounters } from "./gateway-counters.ts";
import { operationRoutes } from "./operation-routes.ts";
import type { Operations } from "./operations.ts";
import {
  METRICS_DETAIL,
  NGINX_STATUS_DETAIL,
  SESSIONS_DETAIL,
  STATUS_DETAIL,
} from "./operations-schemas.ts";
import { readStubStatus } from "./read-stub-status.ts";
import { requestHeaders } from "./request-headers.ts";
import { scrapeReplicas } from "./scrape-replicas.ts";
import { sessionList } from "./session-list.ts";

export interface OperationsOptions {
  readonly fleet: FleetKeeper;
  readonly supervisor: SupervisorClient;
  readonly operations: Operations;
  readonly counters: GatewayCounters;
  readonly nginxVersion: string;
  readonly stubStatusSocket: string;
  readonly logger: Logger;
  /** Started by a supervisor, which owns NGINX. */
  readonly supervised: boolean;
  /** It owns the replicas, too. */
  readonly ownsReplicas: boolean;
}

/** What an operator and Prometheus ask. */
export function operationsApp(options: OperationsOptions) {
  const { stubStatusSocket, logger } = options;
  // `standardHostname`: else Elysia finds no path where the Host is shorter than four letters.
  const app = new Elysia({ handler: { standardHostname: false } });
  // Before the routes: Elysia's hooks only see what is registered after them.
  return app
    .onError({ as: "global" }, ({ code, error, request }) => {
      const headers = requestHeaders(request);
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
            description: "The gateway's view of the fleet, and what an operator may do with it",
          },
        },
      }),
    )
    .use(operationRoutes(options))
    .get("/status", () => fleetStatus(options), { detail: STATUS_DETAIL })
    .get("/sessions", ({ request }) => sessionList(options.fleet, request), {
      detail: SESSIONS_DETAIL,
    })
    .get("/metrics", () => metrics(options), { detail: METRICS_DETAIL })
    .get(
      "/nginx_status",
      async ({ request }) => {
        const text = await readStubStatus(stubStatusSocket);
        if (text === undefined) {
          const { failure } = failed("not-ready", "NGINX does not answer");
          return problemResponse(failure, requestHeaders(request));
        }
        return new Response(text, { headers: { "content-type": "text/plain" } });
      },
      { detail: NGINX_STATUS_DETAIL },
    );
}

async function metrics(options: OperationsOptions): Promise<Response> {
  const { fleet, supervisor, counters, stubStatusSocket } = options;
  const { replicas } = fleet;
  const [pages, nginx, stubStatus] = await Promise.all([
    scrapeReplicas(replicas.map(({ replica }) => replica)),
    supervisor.nginx(),
    readStubStatus(stubStatusSocket),
  ]);
  const text = fleetMetrics({ replicas, pages, nginx, stubStatus, counters });
  return new Response(text, {
    headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
  });
}
