import { createLogger } from "@flotilla/common/logger";
import { readSettings } from "@flotilla/common/read-settings";
import type { Settings } from "@flotilla/common/settings";
import { readRepository } from "@flotilla/inference/repository/read-repository";
import { createReplica } from "../src/create-replica.ts";
import { startGrpcServer } from "../src/grpc/start-grpc-server.ts";
import { startHttpServer } from "../src/http/start-http-server.ts";
import type { Replica } from "../src/replica.ts";

export interface TestReplica extends AsyncDisposable {
  readonly replica: Replica;
  readonly httpUrl: string;
  readonly grpcAddress: string;
}

/** A whole replica in this process, real models and real ports, but for its signals and its exit. */
export async function startTestReplica(
  models: string,
  settings: Partial<Settings> = {},
): Promise<TestReplica> {
  const read = readSettings({ flags: {}, environment: {}, file: undefined });
  if (!read.ok) throw new Error(read.problems.join("\n"));
  const { replica, loaded } = createReplica({
    settings: { ...read.value.settings, max_queue_ms: 30_000, ...settings },
    repository: await readRepository(models),
    logger: createLogger({ level: "error", fields: {} }),
    draining: () => false,
    onFatal: (reason) => {
      throw new Error(reason);
    },
  });
  const ready = await loaded;
  if (!ready.ok) throw new Error(ready.problems.join("\n"));
  replica.readiness.refresh();
  const any = { host: "127.0.0.1", port: 0 };
  const http = startHttpServer(replica, any);
  const grpc = await startGrpcServer(replica, any);
  return {
    replica,
    httpUrl: `http://127.0.0.1:${http.port}`,
    grpcAddress: `127.0.0.1:${grpc.port}`,
    async [Symbol.asyncDispose]() {
      await Promise.all([http.drain(), grpc.drain()]);
    },
  };
}
