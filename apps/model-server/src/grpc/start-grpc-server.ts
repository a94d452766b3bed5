import type { Settings } from "@flotilla/common/settings";
import { services } from "@flotilla/proto/services";
import {
  logVerbosity,
  Server,
  ServerCredentials,
  type ServerOptions,
  setLogVerbosity,
} from "@grpc/grpc-js";
import type { Replica } from "../replica.ts";
import { healthService } from "./health-service.ts";
import { interceptStreams } from "./intercept-streams.ts";
import { messageTimeout } from "./message-timeout.ts";
import { neverIndexHeaders } from "./never-indexed-headers.ts";
import { OpenStreams } from "./open-streams.ts";
import { arePlain } from "./plain-headers.ts";
import { plainUnary } from "./plain-unary.ts";
import { predict, predictDefinition } from "./predict.ts";
import { predictionService } from "./prediction-service.ts";
import { reflectionService } from "./reflection-service.ts";
import { keepUnprintable } from "./unprintable-headers.ts";

export interface GrpcServer {
  readonly port: number;
  /** Ends streams as UNAVAILABLE, takes no further call, and resolves when the last answer is out. */
  drain(): Promise<void>;
}

interface Address {
  readonly host: string;
  readonly port: number;
  readonly socket?: string | undefined;
}

/**
 * Above NGINX's `keepalive_timeout` towards replicas, so that NGINX is the one who closes an idle connection. It is also
 * all that ends a connection whose headers come a byte a second: to grpc-js it is idle.
 */
const IDLE_CONNECTION_MS = 12_000;

/** Rejects with an Error that names the address where it cannot be bound. */
export async function startGrpcServer(replica: Replica, address: Address): Promise<GrpcServer> {
  // It would write to standard error, past the log, what comes as an error anyway.
  setLogVerbosity(logVerbosity.NONE);
  const server = new Server(serverOptions(replica.settings));
  const streams = new OpenStreams();
  const served = Object.keys(services);
  const reflection = reflectionService({ served, streams });
  const predictions = { ...services["flotilla.v1.PredictionService"], Predict: predictDefinition };
  server.addService(predictions, predictionService(replica, streams));
  server.addService(services["grpc.health.v1.Health"], healthService({ replica, served, streams }));
  server.addService(services["grpc.reflection.v1.ServerReflection"], reflection);
  server.addService(services["grpc.reflection.v1alpha.ServerReflection"], reflection);
  const plainPredict = plainUnary({ replica, codec: predictDefinition, method: predict(replica) });
  interceptStreams(server, (stream, headers) => {
    if (headers[":path"] === predictDefinition.path && arePlain(headers)) {
      plainPredict(stream, headers);
      return true;
    }
    neverIndexHeaders(stream);
    keepUnprintable(headers);
    return false;
  });
  const { host, port: wanted, socket } = address;
  const port = await bind(server, `${host.includes(":") ? `[${host}]` : host}:${wanted}`);
  if (socket !== undefined) await bind(server, `unix:${socket}`);
  return {
    port,
    async drain() {
      streams.endAll();
      const { promise: closed, resolve } = Promise.withResolvers<void>();
      server.tryShutdown(() => resolve());
      // No call has longer than this.
      const timer = setTimeout(() => {
        server.forceShutdown();
        resolve();
      }, replica.settings.deadline_ms);
      await closed;
      clearTimeout(timer);
    },
  };
}

function serverOptions(settings: Settings): ServerOptions {
  return {
    "grpc.max_concurrent_streams": settings.grpc_streams_limit,
    "grpc.max_receive_message_length": settings.grpc_message_limit_bytes,
    "grpc.max_send_message_length": settings.grpc_message_limit_bytes,
    "grpc.max_connection_idle_ms": IDLE_CONNECTION_MS,
    // Its bookkeeping costs each call, and nothing here serves it; with it, streams take another way.
    "grpc.enable_channelz": 0,
    interceptors: [messageTimeout(settings.body_timeout_ms)],
  };
}

async function bind(server: Server, where: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync(where, ServerCredentials.createInsecure(), (error, bound) => {
    if (error === null) resolve(bound);
    else reject(new Error(`gRPC cannot listen on ${where}: ${error.message}`));
  });
  return await promise;
}
