import { failed } from "@flotilla/common/failure";
import { noRoute, problemResponse } from "@flotilla/common/problem-response";
import { Elysia } from "elysia";
import type { Replica } from "../replica.ts";
import { answerHeaders } from "./answer-headers.ts";
import { docsRoutes } from "./docs-routes.ts";
import { healthRoutes } from "./health-routes.ts";
import { modelRoutes } from "./model-routes.ts";
import { predictRoutes } from "./predict-routes.ts";
import { sessionRoutes } from "./session-routes.ts";

export interface HttpServer {
  readonly port: number;
  /** Requests whose answers are not finished. */
  readonly pending: number;
  /** Closes the listener, and is done when the last answer is out. */
  drain(): Promise<void>;
}

/** Above NGINX's `keepalive_timeout` towards replicas, so that NGINX is the one who closes an idle connection. */
const IDLE_TIMEOUT_S = 75;

const DRAIN_POLL_MS = 10;

/** Throws an Error that names the address where it cannot be bound. */
export function startHttpServer(
  replica: Replica,
  address: { readonly host: string; readonly port: number; readonly socket?: string | undefined },
): HttpServer {
  const app = createHttpApp(replica);
  const options = {
    idleTimeout: IDLE_TIMEOUT_S,
    // The limit is ours to enforce, with a problem as the answer; Bun's own closes the connection without one.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch: app.fetch,
  };
  const { host: hostname, port, socket } = address;
  const server = Bun.serve({ ...options, hostname, port });
  const servers = [server];
  // Bun's types know no idle timeout on a socket; Bun 1.4 has it there as on a port.
  if (socket !== undefined)
    servers.push(Bun.serve({ ...(options as object), unix: socket } as never));
  const pending = () => servers.reduce((sum, { pendingRequests }) => sum + pendingRequests, 0);
  return {
    port: server.port ?? port,
    get pending() {
      return pending();
    },
    async drain() {
      for (const one of servers) void one.stop();
      // Bun's own promise waits for idle kept-alive connections too, which NGINX holds open.
      while (pending() > 0) await Bun.sleep(DRAIN_POLL_MS);
      await Promise.all(servers.map((one) => one.stop(true)));
    },
  };
}

function createHttpApp(replica: Replica) {
  // By default Elysia looks for the path after the eleventh character: with `Host: a` it would find none.
  const app = new Elysia({ handler: { standardHostname: false } });
  // Before the routes, and global: Elysia's hooks only see what is registered after them.
  return app
    .onError({ as: "global" }, ({ code, error, request }) => {
      const headers = answerHeaders(replica, request);
      if (code === "NOT_FOUND") return problemResponse(noRoute(app.routes, request), headers);
      const line = { request_id: headers["x-request-id"], err: error };
      replica.logger.error(line, "unexpected error");
      const { failure } = failed("internal", "an unexpected error; the log has it");
      return problemResponse(failure, headers);
    })
    .use(predictRoutes(replica))
    .use(sessionRoutes(replica))
    .use(modelRoutes(replica))
    .use(healthRoutes(replica))
    .use(docsRoutes(replica));
}
