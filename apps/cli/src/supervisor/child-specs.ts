import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { localReplica } from "@flotilla/common/local-fleet";
import { settingsEnvironment } from "@flotilla/common/read-settings";
import { replicaSockets, SOCKET_VARIABLES } from "@flotilla/common/replica-sockets";
import type { Settings } from "@flotilla/common/settings";
import type { StateFolder } from "@flotilla/common/state-folder";
import { hostAndPort, reachableHost } from "../host-and-port.ts";
import { acceptsConnections, answersHttp } from "./answers.ts";
import type { ChildSpec } from "./supervise-child.ts";

export interface FleetSpec {
  /** For what starts now. */
  readonly settings: Settings;
  readonly state: StateFolder;
  readonly nginx: string;
  /** Of the supervisor; what of it is Flotilla's own is replaced by `settings`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The programs of a replica and of the gateway: `bun` and a script each. */
  readonly replicaCommand: readonly string[];
  readonly gatewayCommand: readonly string[];
}

export function replicaSpec(fleet: FleetSpec, number: number): ChildSpec {
  const { settings, state, replicaCommand } = fleet;
  const { id, host, httpPort, grpcPort } = localReplica(settings, number);
  const sockets = replicaSockets(state.sockets, id);
  return {
    name: id,
    kind: "replica",
    beats: true,
    command: replicaCommand,
    mark: replicaCommand.at(-1) ?? "",
    environment: {
      ...childEnvironment(fleet, {
        host,
        http_port: httpPort,
        grpc_port: grpcPort,
        server_id: id,
        models: resolve(settings.models),
      }),
      ...(sockets && {
        [SOCKET_VARIABLES.http]: sockets.http,
        [SOCKET_VARIABLES.grpc]: sockets.grpc,
      }),
    },
    http: `${host}:${httpPort}`,
    grpc: `${host}:${grpcPort}`,
    sockets,
    settings,
    beforeStart() {
      mkdirSync(state.sockets, { recursive: true });
      // A killed replica leaves them behind, and the next could not bind them.
      for (const path of Object.values(sockets ?? {})) rmSync(path, { force: true });
    },
    isReady: () => answersHttp(`http://${host}:${httpPort}/health/ready`),
  };
}

export function gatewaySpec(fleet: FleetSpec): ChildSpec {
  const { settings, state, gatewayCommand } = fleet;
  const address = hostAndPort(settings.ops_host, settings.ops_port);
  return {
    name: "gateway",
    kind: "gateway",
    beats: false,
    command: gatewayCommand,
    mark: gatewayCommand.at(-1) ?? "",
    environment: {
      ...childEnvironment(fleet, { nginx: fleet.nginx, state: state.folder }),
      // Bun makes 256 requests at once, and has the next ones wait: so many silent replicas would eject all others.
      BUN_CONFIG_MAX_HTTP_REQUESTS: "10000",
    },
    http: address,
    isReady: () => answersHttp(`http://${address}/status`),
  };
}

export function nginxSpec(fleet: FleetSpec, configuration: string): ChildSpec {
  const { settings, state } = fleet;
  const host = reachableHost(settings.host);
  return {
    name: "nginx",
    kind: "nginx",
    beats: false,
    // The configuration says `daemon off`.
    command: [fleet.nginx, "-p", state.nginx, "-c", configuration, "-e", "stderr"],
    // Not "nginx: ", as NGINX calls itself: one that a loader started (`ld-linux … nginx`) shows that loader's path.
    mark: "nginx",
    environment: fleet.environment,
    http: hostAndPort(settings.host, settings.http_port),
    grpc: hostAndPort(settings.host, settings.grpc_port),
    beforeStart: () => removeSockets(state.nginx),
    isReady: async () =>
      (await acceptsConnections(host, settings.http_port)) &&
      (await acceptsConnections(host, settings.grpc_port)),
  };
}

/** A killed NGINX leaves its Unix sockets behind, and a new one cannot bind them again. */
function removeSockets(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isSocket()) rmSync(join(folder, entry.name));
  }
}

function childEnvironment(fleet: FleetSpec, changed: Partial<Settings>): ChildSpec["environment"] {
  const others = Object.entries(fleet.environment).filter(
    ([name]) => !/^(FLOTILLA_(?!TEST_|BENCH_)|SERVER_ID$)/.test(name),
  );
  return {
    ...Object.fromEntries(others),
    ...settingsEnvironment({ ...fleet.settings, ...changed }),
    FLOTILLA_SUPERVISED: "1",
  };
}
