import { resolve } from "node:path";
import { createLogger, type Logger } from "@flotilla/common/logger";
import type { ReplicaSockets } from "@flotilla/common/replica-sockets";
import type { Settings } from "@flotilla/common/settings";
import { watchParent } from "@flotilla/common/watch-parent";
import { readRepository } from "@flotilla/inference/repository/read-repository";
import type { InferenceThread } from "@flotilla/inference/worker/inference-thread";
import { createReplica, threadsOf } from "./create-replica.ts";
import { createDrain, type Drain } from "./drain.ts";
import type { GrpcServer } from "./grpc/start-grpc-server.ts";
import type { HttpServer } from "./http/start-http-server.ts";
import type { Replica } from "./replica.ts";

export interface ReplicaOptions {
  readonly settings: Settings;
  /** For the models, and started before there were settings. */
  readonly thread: InferenceThread;
  /** Started by a supervisor, whose death ends it and which is the one to hear Ctrl-C. */
  readonly supervised: boolean;
  /** Beside its ports. */
  readonly sockets?: ReplicaSockets | undefined;
  readonly exit: (code: number) => never;
}

/** It could not start as it was told: settings, models or a taken port. */
export const EXIT_CONFIGURATION = 2;
/** A run hangs or the worker died (`EX_SOFTWARE` of sysexits.h): whoever supervises starts a new one. */
const EXIT_FATAL = 70;

const READINESS_CHECK_MS = 100;

/**
 * One replica, from its settings to its exit. Its ports open when it is ready and not before: a refused connection
 * makes NGINX go to another replica, over both protocols, and a 503 would be the client's answer.
 */
export async function startReplica(options: ReplicaOptions): Promise<void> {
  const { settings, exit } = options;
  const fields = { server_id: settings.server_id };
  const logger = createLogger({ level: settings.log_level, fields });
  const refuse = (problems: readonly string[]) => {
    process.stderr.write(`${problems.join("\n")}\n`);
    exit(EXIT_CONFIGURATION);
  };
  const onFatal = (reason: string) => {
    logger.fatal({ reason }, "the replica ends: it cannot go on");
    exit(EXIT_FATAL);
  };

  let drain: Drain | undefined;
  const { replica, loaded } = createReplica({
    settings,
    repository: await readRepository(resolve(settings.models)),
    logger,
    thread: options.thread,
    draining: () => drain?.draining ?? false,
    release() {
      if (!drain?.draining) return false;
      drain.signal();
      return true;
    },
    onFatal,
  });
  const { engine, readiness, metrics } = replica;
  const servers = importServers();
  readiness.onChange((state) => logger.info({ state }, "readiness"));

  const models = await loaded;
  if (!models.ok) return refuse(models.problems);
  const listening = await listen(options, replica, await servers).catch((error: Error) => error);
  if (listening instanceof Error) return refuse([listening.message]);
  readiness.refresh();
  setInterval(() => readiness.refresh(), READINESS_CHECK_MS);
  const versions = models.value.map(({ name, version }) => `${name}/${version}`);
  logger.info(
    {
      threads: threadsOf(settings),
      models: versions,
      http: listening.http.port,
      grpc: listening.grpc.port,
    },
    "ready",
  );

  drain = createDrain({
    delayMs: settings.drain_delay_ms,
    inFlight: () => engine.inFlight + listening.http.pending,
    arrived: () => metrics.requestsEnded,
    onBegin() {
      logger.info("draining: not ready any more, and still serving");
      readiness.refresh();
    },
    onEnd: () => void close({ ...listening, logger, settings }).then(() => exit(0)),
  });
  obeySignals(drain, options);
}

interface Listening {
  readonly http: HttpServer;
  readonly grpc: GrpcServer;
}

type Servers = Awaited<ReturnType<typeof importServers>>;

/** Most of a replica's modules, and of no use before its models are loaded, which the worker does meanwhile. */
async function importServers() {
  const { startHttpServer } = await import("./http/start-http-server.ts");
  const { startGrpcServer } = await import("./grpc/start-grpc-server.ts");
  return { startHttpServer, startGrpcServer };
}

async function listen(
  { sockets }: ReplicaOptions,
  replica: Replica,
  { startHttpServer, startGrpcServer }: Servers,
): Promise<Listening> {
  const { host, http_port, grpc_port } = replica.settings;
  const http = startHttpServer(replica, { host, port: http_port, socket: sockets?.http });
  const at = { host, port: grpc_port, socket: sockets?.grpc };
  return { http, grpc: await startGrpcServer(replica, at) };
}

/** Closes both listeners and waits for the last answers: no longer than any of them has time. */
async function close(
  options: Listening & { readonly logger: Logger; readonly settings: Settings },
): Promise<void> {
  const { http, grpc, logger, settings } = options;
  const closed = Promise.all([http.drain(), grpc.drain()]);
  await Promise.race([closed, Bun.sleep(settings.deadline_ms)]);
  logger.info("drained");
}

function obeySignals(drain: Drain, { supervised, exit }: ReplicaOptions): void {
  const leave = () => {
    if (drain.draining) exit(130);
    drain.signal();
    drain.signal();
  };
  process.on("SIGTERM", () => drain.signal());
  // A terminal's Ctrl-C is the supervisor's to hear; alone, there are no upstreams to be taken out of.
  process.on("SIGINT", supervised ? () => {} : leave);
  if (supervised) watchParent(leave);
}
