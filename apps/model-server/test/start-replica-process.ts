import { join } from "node:path";
import { freePorts } from "@flotilla/testkit/free-ports";
import { waitUntil } from "@flotilla/testkit/wait-until";

export interface ReplicaProcess extends AsyncDisposable {
  readonly httpUrl: string;
  readonly grpcAddress: string;
  readonly pid: number;
  /** Standard output and error, as far as they have come. */
  readonly output: () => string;
  readonly exited: Promise<number>;
  /** The status of a GET, or undefined while nobody answers. */
  status(path: string): Promise<number | undefined>;
  signal(name: NodeJS.Signals): void;
}

export const REPLICA_MAIN = join(import.meta.dir, "../src/main.ts");

/** A replica as a process of its own, on free ports unless it is told others; it need not be ready yet. */
export function startReplicaProcess(environment: Readonly<Record<string, string>>): ReplicaProcess {
  const free = freePorts(2);
  const { FLOTILLA_HTTP_PORT: http = `${free[0]}`, FLOTILLA_GRPC_PORT: grpc = `${free[1]}` } =
    environment;
  const child = Bun.spawn([process.execPath, REPLICA_MAIN], {
    env: {
      FLOTILLA_REPLICAS: "1",
      ...environment,
      FLOTILLA_HTTP_PORT: http,
      FLOTILLA_GRPC_PORT: grpc,
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  let output = "";
  const collect = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) output += decoder.decode(chunk, { stream: true });
  };
  const collected = Promise.all([collect(child.stdout), collect(child.stderr)]);
  const httpUrl = `http://127.0.0.1:${http}`;
  return {
    httpUrl,
    grpcAddress: `127.0.0.1:${grpc}`,
    pid: child.pid,
    output: () => output,
    exited: child.exited.then(async (code) => {
      await collected;
      return code;
    }),
    async status(path) {
      const response = await fetch(`${httpUrl}${path}`).catch(() => undefined);
      return response?.status;
    },
    signal: (name) => child.kill(name),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

export async function untilReady(replica: ReplicaProcess): Promise<void> {
  await waitUntil(
    "the replica is ready",
    async () => (await replica.status("/health/ready")) === 200,
  );
}

/** A prediction's status, or "no answer". */
export async function predict(
  replica: ReplicaProcess,
  options: { readonly model: string; readonly body: object },
): Promise<number | "no answer"> {
  const response = await fetch(`${replica.httpUrl}/models/${options.model}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(options.body),
  }).catch(() => undefined);
  return response?.status ?? "no answer";
}
