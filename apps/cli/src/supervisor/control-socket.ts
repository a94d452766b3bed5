import { chmodSync, existsSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { StateFolder } from "@flotilla/common/state-folder";
import type { Child } from "./supervise-child.ts";
import type { SupervisedNginx } from "./supervise-nginx.ts";

const PATH_BYTES_LIMIT = 4_096;

export interface ControlOptions {
  readonly state: StateFolder;
  readonly children: () => readonly Child[];
  readonly nginx: SupervisedNginx;
}

/** What the gateway may ask of the supervisor: HTTP over a Unix socket that only this user can open. */
export function listenOnControlSocket({
  state,
  children,
  nginx,
}: ControlOptions): Bun.Server<undefined> {
  const path = state.supervisorSocket;
  // A killed supervisor leaves it behind; that none lives was found out before.
  rmSync(path, { force: true });
  const server = Bun.serve({
    unix: path,
    maxRequestBodySize: PATH_BYTES_LIMIT,
    routes: {
      "/processes": { GET: () => Response.json(children().map(describeChild)) },
      "/nginx": {
        GET: () => Response.json(describeNginx(nginx)),
        PUT: async (request) => {
          const configuration = await request.text();
          if (dirname(configuration) !== state.nginx || !existsSync(configuration)) {
            return new Response(`not a file of ${state.nginx}\n`, { status: 400 });
          }
          return nginx.load(configuration)
            ? Response.json(describeNginx(nginx))
            : new Response("NGINX is being stopped\n", { status: 503 });
        },
      },
    },
    fetch: () => new Response("no such route\n", { status: 404 }),
  });
  chmodSync(path, 0o600);
  return server;
}

function describeChild({ spec, pid, state, restarts }: Child) {
  const { name, kind, http, grpc } = spec;
  return { name, kind, pid: pid ?? null, state, restarts, http: http ?? null, grpc: grpc ?? null };
}

function describeNginx({ child, generation, reloads, digest }: SupervisedNginx) {
  return { pid: child?.pid ?? null, generation, reloads, digest: digest ?? null };
}
