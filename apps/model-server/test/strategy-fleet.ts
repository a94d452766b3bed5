import { readSettings } from "@flotilla/common/read-settings";
import { type PlainFleet, parseFleetSpec } from "@flotilla/nginx-config/fleet-spec";
import { renderNginxConf } from "@flotilla/nginx-config/render-nginx-conf";
import { freePorts } from "@flotilla/testkit/free-ports";
import { slowModel } from "@flotilla/testkit/onnx-builder";
import {
  type NginxPlace,
  type RunningNginx,
  startNginx,
  type TESTED_SUITES,
} from "@flotilla/testkit/start-nginx";
import { writeModels } from "@flotilla/testkit/write-models";
import { type ReplicaProcess, startReplicaProcess, untilReady } from "./start-replica-process.ts";

const HOST = "127.0.0.1";

export type Suite = (typeof TESTED_SUITES)[number];

/** Real replicas that any number of NGINXs stand before. */
export interface StrategyFleet extends AsyncDisposable {
  readonly replicas: PlainFleet["replicas"];
  readonly processes: ReadonlyMap<string, ReplicaProcess>;
  /** Kills these replicas, and is done when nobody listens any more. */
  readonly kill: (ids: readonly string[]) => Promise<void>;
  /** Starts them again, at their addresses, and is done when they are ready. */
  readonly revive: (ids: readonly string[]) => Promise<void>;
}

export async function startStrategyFleet(count: number): Promise<StrategyFleet> {
  const models = await writeModels({
    files: { "slow/model.onnx": slowModel(), "slow/model.yaml": "run_timeout_ms: 60000\n" },
  });
  const ports = freePorts(2 * count);
  const replicas = Array.from({ length: count }, (_, at) => ({
    id: `server-${at + 1}`,
    http: { host: HOST, port: ports[2 * at] ?? 0 },
    grpc: { host: HOST, port: ports[2 * at + 1] ?? 0 },
    down: false,
    weight: 1,
    maxConns: 0,
    backup: false,
  }));
  const processes = new Map<string, ReplicaProcess>();
  const fleet: StrategyFleet = {
    replicas,
    processes,
    async kill(ids) {
      await Promise.all(ids.map((id) => processes.get(id)?.[Symbol.asyncDispose]()));
    },
    async revive(ids) {
      const started = replicas
        .filter(({ id }) => ids.includes(id))
        .map(({ id, http, grpc }) => {
          const replica = startReplicaProcess({
            SERVER_ID: id,
            FLOTILLA_HTTP_PORT: String(http.port),
            FLOTILLA_GRPC_PORT: String(grpc.port),
            FLOTILLA_MODELS: models.folder,
            FLOTILLA_THREADS: "1",
          });
          processes.set(id, replica);
          return replica;
        });
      await Promise.all(started.map(untilReady));
    },
    async [Symbol.asyncDispose]() {
      await fleet.kill(replicas.map(({ id }) => id));
      await models[Symbol.asyncDispose]();
    },
  };
  await fleet.revive(replicas.map(({ id }) => id));
  return fleet;
}

export type FleetChanges = Partial<PlainFleet> & Pick<PlainFleet, "replicas">;

export function startNginxBefore(suite: Suite, changes: FleetChanges): Promise<RunningNginx> {
  return startNginx({ suite, renderConf: (place) => renderFor(place, changes) });
}

/** The fleet's settings at their defaults, but for the changes. */
export function renderFor(place: NginxPlace, changes: FleetChanges): string {
  const read = readSettings({ flags: {}, environment: {}, file: undefined });
  if (!read.ok) throw new Error(read.problems.join("\n"));
  const { settings } = read.value;
  const fleet = parseFleetSpec({
    nginx: place.version,
    http: { host: HOST, port: place.httpPort },
    grpc: { host: HOST, port: place.grpcPort },
    strategy: settings.strategy,
    hashOn: settings.hash_on,
    trustedProxies: [],
    directives: { http: [], server: [] },
    sessionHeader: settings.session_header,
    maxFails: settings.max_fails,
    failTimeoutMs: settings.fail_timeout_ms,
    bodyLimitBytes: settings.body_limit_bytes,
    grpcMessageLimitBytes: settings.grpc_message_limit_bytes,
    headerLimitBytes: settings.header_limit_bytes,
    deadlineMs: settings.deadline_ms,
    grpcStreamsLimit: settings.grpc_streams_limit,
    connectionsLimit: settings.connections_limit,
    folder: place.folder,
    asRoot: place.asRoot,
    ...changes,
  });
  if (!fleet.ok) throw new Error(fleet.problems.join("\n"));
  return renderNginxConf(fleet.value);
}
