import { join, resolve } from "node:path";
import { settingsEnvironment } from "@flotilla/common/read-settings";
import { freePorts } from "@flotilla/testkit/free-ports";
import { waitUntil } from "@flotilla/testkit/wait-until";

const REPLICA = join(resolve(import.meta.dir, "../../.."), "apps/model-server/src/main.ts");

export interface Replica extends AsyncDisposable {
  readonly pid: number;
  readonly httpAddress: string;
  readonly grpcAddress: string;
  /** From the start of its process to `/health/ready`. */
  readonly readyMs: number;
}

/** One replica with nothing around it: no NGINX, no supervisor. */
export async function startReplica(models: string): Promise<Replica> {
  const [http_port = 0, grpc_port = 0] = freePorts(2);
  const settings = {
    ...{ http_port, grpc_port, models },
    ...({ session_store: "memory:", log_level: "warn" } as const),
  };
  const httpAddress = `127.0.0.1:${http_port}`;
  const begin = performance.now();
  const child = Bun.spawn([process.execPath, REPLICA], {
    env: { ...Bun.env, ...settingsEnvironment(settings) },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const stop = async () => {
    child.kill("SIGKILL"); // it has nothing to finish
    await child.exited;
  };
  await waitUntil("the replica is ready", async () => {
    if (child.exitCode !== null) throw new Error(`the replica ended with ${child.exitCode}`);
    const answer = await fetch(`http://${httpAddress}/health/ready`).catch(() => undefined);
    await answer?.arrayBuffer();
    return answer?.status === 200;
  }).catch(async (error) => {
    await stop();
    throw error;
  });
  return {
    pid: child.pid,
    httpAddress,
    grpcAddress: `127.0.0.1:${grpc_port}`,
    readyMs: performance.now() - begin,
    [Symbol.asyncDispose]: stop,
  };
}
