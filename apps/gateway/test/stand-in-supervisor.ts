import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Settings } from "@flotilla/common/settings";
import { stateFolder } from "@flotilla/common/state-folder";
import { readDigest } from "@flotilla/nginx-config/configuration-digest";
import { nginxPaths } from "@flotilla/nginx-config/nginx-paths";
import { lineOf } from "../src/nginx/line-of.ts";
import { createStandInProcesses, type StandInProcesses } from "./stand-in-processes.ts";

interface Noted {
  readonly processes: StandInProcesses;
  /** Every order so far, as "drain server-1 stay". */
  readonly orders: string[];
  /** Every configuration that was loaded. */
  readonly loads: string[];
  /** Replicas that were released while NGINX still sent them requests: a fault. */
  readonly releasedTooEarly: string[];
  /** What is in the way of more replicas. */
  readonly inTheWay: string[];
  /** What flags, variables and `flotilla.yaml` say by now, or what is wrong with them. */
  settings: { readonly settings: Settings } | { readonly problems: readonly string[] };
}

/** Stands in for the supervisor, and for NGINX's status socket: keeps the contract over processes of no substance. */
export interface StandInSupervisor extends Noted, AsyncDisposable {
  /** `FLOTILLA_STATE` */
  readonly state: string;
  /** From now on it does not answer. */
  stop(): Promise<void>;
}

export function startStandInSupervisor(): StandInSupervisor {
  const state = mkdtempSync(join(tmpdir(), "flotilla-gateway-"));
  const { supervisorSocket, nginx: folder } = stateFolder(state);
  mkdirSync(folder);
  const noted: Noted = {
    processes: createStandInProcesses(),
    orders: [],
    loads: [],
    releasedTooEarly: [],
    inTheWay: [],
    settings: { problems: ["nothing was said of the settings"] },
  };
  const servers = [
    Bun.serve({ unix: supervisorSocket, fetch: (request) => answer(noted, request) }),
    Bun.serve({
      unix: nginxPaths(folder).statusSocket,
      fetch: () => new Response(readDigest(noted.loads.at(-1) ?? "")),
    }),
  ];
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop(true)));
  };
  return Object.assign(noted, {
    state,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      rmSync(state, { recursive: true });
    },
  });
}

async function answer(noted: Noted, request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const text = await request.text();
  switch (`${request.method} ${pathname}`) {
    case "GET /processes":
      return Response.json(noted.processes.all);
    case "GET /nginx":
      return Response.json(describeNginx(noted));
    case "PUT /nginx":
      noted.loads.push(readFileSync(text, "utf8"));
      return Response.json(describeNginx(noted));
    case "POST /settings":
      return Response.json(noted.settings, { status: "settings" in noted.settings ? 200 : 422 });
    case "PUT /settings":
      noted.orders.push("settings");
      noted.processes.settings = JSON.parse(text).settings;
      return new Response(null, { status: 204 });
    case "PUT /replicas":
      return grow(noted, JSON.parse(text).replicas);
    default:
      return order(noted, pathname, text);
  }
}

function describeNginx({ loads }: Noted) {
  const last = loads.at(-1);
  const digest = last === undefined ? null : Bun.SHA256.hash(last, "hex");
  return { pid: 1, generation: loads.length, reloads: Math.max(0, loads.length - 1), digest };
}

function grow({ processes, orders, inTheWay }: Noted, size: number): Response {
  orders.push(`grow ${size}`);
  if (inTheWay.length > 0) return Response.json({ problems: inTheWay }, { status: 409 });
  const ids = Array.from({ length: size }, (_, at) => `server-${at + 1}`);
  processes.add(...ids.filter((id) => !processes.has(id)));
  return new Response(null, { status: 204 });
}

function order(noted: Noted, pathname: string, text: string): Response {
  const { processes, orders, loads, releasedTooEarly } = noted;
  const [, id = "", what] = /^\/replicas\/([^/]+)\/(\w+)$/.exec(pathname) ?? [];
  if (!processes.has(id)) return new Response("no such replica", { status: 404 });
  if (what === "settings") return Response.json({ settings: processes.settingsOf(id) });
  const { then = "" } = what === "drain" ? JSON.parse(text) : {};
  orders.push(`${what} ${id} ${then}`.trim());
  if (what === "drain") processes.drain(id, then);
  if (what === "start") processes.start(id);
  if (what === "release") {
    if (lineOf(loads.at(-1) ?? "", id) === "up") releasedTooEarly.push(id);
    processes.end(id);
  }
  return new Response(null, { status: 204 });
}
