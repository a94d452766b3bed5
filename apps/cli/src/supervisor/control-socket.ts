import { chmodSync, existsSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { StateFolder } from "@flotilla/common/state-folder";
import { type ControlRoute, type ControlRoutes, refusal } from "./control-answers.ts";
import { replicaRoutes } from "./replica-routes.ts";
import { type SettingsUse, settingsRoutes } from "./settings-routes.ts";
import type { Child } from "./supervise-child.ts";
import type { SupervisedNginx } from "./supervise-nginx.ts";
import type { SupervisedReplicas } from "./supervise-replicas.ts";

/** All settings of the largest fleet fit well. */
const BODY_BYTES_LIMIT = 256 * 1024;

export interface ControlOptions {
  readonly state: StateFolder;
  readonly children: () => readonly Child[];
  readonly replicas: SupervisedReplicas;
  readonly nginx: SupervisedNginx;
  readonly settings: SettingsUse;
  /** How often a process was killed because it hung. */
  readonly hangs: (name: string) => number;
  /** The whole fleet ends: nothing can be changed any more. */
  readonly stopping: () => boolean;
}

/** What the gateway may ask of the supervisor: HTTP over a Unix socket that only this user can open. */
export function listenOnControlSocket(options: ControlOptions): Bun.Server<undefined> {
  const path = options.state.supervisorSocket;
  // A killed supervisor leaves it behind; that none lives was found out before.
  rmSync(path, { force: true });
  const routes: ControlRoutes = {
    "/processes": { GET: () => Response.json(options.children().map(describeChild(options))) },
    ...nginxRoutes(options),
    ...replicaRoutes(options.replicas),
    ...settingsRoutes(options.settings),
  };
  const server = Bun.serve({
    unix: path,
    maxRequestBodySize: BODY_BYTES_LIMIT,
    routes: unlessStopping(routes, options.stopping),
    fetch: () => new Response("no such route\n", { status: 404 }),
  });
  chmodSync(path, 0o600);
  return server;
}

/** Whoever only looks is answered to the end. */
function unlessStopping(routes: ControlRoutes, stopping: () => boolean) {
  const guarded =
    (route: ControlRoute): ControlRoute =>
    (request) =>
      stopping() && request.method !== "GET"
        ? refusal(503, "the fleet is being stopped")
        : route(request);
  return Object.fromEntries(
    Object.entries(routes).map(([path, methods]) => [
      path,
      Object.fromEntries(
        Object.entries(methods).map(([method, route]) => [method, guarded(route)]),
      ),
    ]),
  );
}

function nginxRoutes({ state, nginx }: ControlOptions): ControlRoutes {
  return {
    "/nginx": {
      GET: () => Response.json(describeNginx(nginx)),
      async PUT(request) {
        const configuration = await request.text();
        if (dirname(configuration) !== state.nginx || !existsSync(configuration)) {
          return refusal(400, `not a file of ${state.nginx}`);
        }
        return nginx.load(configuration)
          ? Response.json(describeNginx(nginx))
          : refusal(503, "NGINX is being stopped");
      },
    },
  };
}

function describeChild({ replicas, hangs }: ControlOptions) {
  return (child: Child) => {
    const { spec, pid, state, restarts, wasReady, problem } = child;
    const { name, kind, http, grpc, sockets } = spec;
    return {
      name,
      kind,
      pid: pid ?? null,
      state,
      restarts,
      intent: replicas.intentOf(child),
      was_ready: wasReady,
      problem: problem ?? null,
      hangs: hangs(name),
      http: http ?? null,
      grpc: grpc ?? null,
      sockets,
    };
  };
}

function describeNginx({ child, generation, reloads, digest }: SupervisedNginx) {
  return { pid: child?.pid ?? null, generation, reloads, digest: digest ?? null };
}
