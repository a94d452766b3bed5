import { credentials, makeClientConstructor, status } from "@grpc/grpc-js";
import type { HealthClient } from "../generated/types/grpc/health/v1/Health.ts";
import { services } from "./services.ts";

/** A kept channel to the `grpc.health.v1.Health` of a replica, or of whoever answers behind NGINX. */
export interface HealthConnection extends Disposable {
  /** Undefined: serving. Else why not. */
  check(timeoutMs: number): Promise<string | undefined>;
}

const NAME = "grpc.health.v1.Health";

/**
 * A replica that starts is away for half a second, and NGINX waits for the last of them; grpc-js would wait up to two
 * minutes before it tries again.
 */
const RECONNECT_MS = { initial: 100, max: 150 };

export function connectHealth(address: string): HealthConnection {
  const Client = makeClientConstructor(services[NAME], NAME);
  const client = new Client(address, credentials.createInsecure(), {
    "grpc.initial_reconnect_backoff_ms": RECONNECT_MS.initial,
    "grpc.max_reconnect_backoff_ms": RECONNECT_MS.max,
    // Not through a proxy that the environment names: the address is known.
    "grpc.enable_http_proxy": 0,
  }) as unknown as HealthClient;
  return {
    check: (timeoutMs) =>
      new Promise((resolve) => {
        client.Check({ service: "" }, { deadline: Date.now() + timeoutMs }, (error, answer) => {
          if (error !== null) resolve(failureWords(error.code, timeoutMs));
          else resolve(answer?.status === "SERVING" ? undefined : (answer?.status ?? "no status"));
        });
      }),
    [Symbol.dispose]: () => client.close(),
  };
}

function failureWords(code: status, timeoutMs: number): string {
  if (code === status.DEADLINE_EXCEEDED) return `no answer within ${timeoutMs} ms`;
  return code === status.UNAVAILABLE ? "it cannot be reached" : `it answers ${status[code]}`;
}
