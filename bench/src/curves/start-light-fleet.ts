import { freePorts } from "@flotilla/testkit/free-ports";
import { type Fleet, startFleet } from "@flotilla/testkit/start-fleet";
import { benchNginx } from "../stacks/bench-nginx.ts";
import { lightAddress } from "./light-address.ts";

const SCRIPT = new URL("./light-replicas.ts", import.meta.url).pathname;

export interface LightFleet extends AsyncDisposable {
  readonly fleet: Fleet;
  /** From the start of `flotilla up` until NGINX serves with all of them. */
  readonly servingMs: number;
  /** Replica `number` begins to drain. */
  drain(number: number): void;
}

/** `flotilla up`, as it comes, over replicas of which each costs hardly more than its probes. */
export async function startLightFleet(count: number): Promise<LightFleet> {
  await using started = new AsyncDisposableStack();
  const [port = 0] = freePorts(1);
  const ready = Promise.withResolvers<void>();
  const child = Bun.spawn([process.execPath, SCRIPT, String(count), String(port)], {
    stdio: ["ignore", "inherit", "inherit"],
    ipc: () => ready.resolve(),
  });
  started.defer(async () => {
    child.kill();
    await child.exited;
  });
  void child.exited.then((code) => ready.reject(new Error(`the replicas ended with ${code}`)));
  await ready.promise;
  const hosts = Array.from({ length: count }, (_, at) => `${lightAddress(at + 1)}:${port}`);
  const { path: nginx } = await benchNginx();
  const begin = performance.now();
  const fleet = started.use(
    await startFleet({ command: "up", settings: { nginx, replica_hosts: hosts.join(",") } }),
  );
  const servingMs = performance.now() - begin;
  const running = started.move();
  return {
    fleet,
    servingMs,
    drain: (number) => child.send(number),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
