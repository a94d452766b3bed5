import { openapi } from "@elysiajs/openapi";
import { failed } from "@flotilla/common/failure";
import type { Logger } from "@flotilla/common/logger";
import { Elysia } from "elysia";
import type { FleetWatch, ObservedReplica } from "../fleet/watch-fleet.ts";
import type { SupervisorClient } from "../supervisor-client.ts";
import { fleetMetrics } from "./fleet-metrics.ts";
import { METRICS_DETAIL, NGINX_STATUS_DETAIL, STATUS_DETAIL } from "./operations-schemas.ts";
import { problemResponse } from "./problem-response.ts";
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
  const app = new Elysia()
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
      async () => {
        const text = await readStubStatus(stubStatusSocket);
        if (text === undefined) {
          return problemResponse(failed("not-ready", "NGINX does not answer").failure);
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
  const paths = new Set(app.routes.map(({ path }) => path));
  return app.onError(({ code, error, request }) => {
    if (code !== "NOT_FOUND") {
      logger.error({ err: error }, "unexpected error");
      return problemResponse(failed("internal", "an unexpected error; the log has it").failure);
    }
    // Elysia answers a wrong verb as an unknown path.
    return problemResponse(
      paths.has(new URL(request.url).pathname)
        ? failed("method-not-allowed", "this path takes GET", { allow: ["GET"] }).failure
        : failed("route-not-found", "there is nothing at this path; /openapi.json has what is")
            .failure,
    );
  });
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
