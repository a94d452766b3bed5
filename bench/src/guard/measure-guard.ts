import { cpuSince, cpuTimes } from "../cpu/cpu-time.ts";
import { leanLoad } from "../lean/lean-load.ts";
import { flotillaRequests } from "../stacks/flotilla-requests.ts";
import { startReplica } from "../stacks/start-replica.ts";
import { workloadInputs } from "../stacks/workload-inputs.ts";
import { writeWorkloadModel } from "../stacks/workload-models.ts";

/** CPU time of a request, in those of the reference's. */
export interface Guarded {
  readonly http: number;
  readonly grpc: number;
}

const CONNECTIONS = 32;
const NOT_YET = Number.POSITIVE_INFINITY;
const WARM_UP_MS = 2_000;
const SLICE_MS = 1_000;
/** Up to so many, on a machine that is so busy that nothing settles earlier. */
const ROUNDS = { least: 3, most: 20 };
const REFERENCE = new URL("./reference-server.ts", import.meta.url).pathname;

/**
 * What a request costs one replica, over what it costs a bare server that does nothing with it, in slices by turns.
 * CPU time, not time: it is what a busy machine changes least. It goes on until that is settled.
 */
export async function measureGuard(isSettled: (measured: Guarded) => boolean): Promise<Guarded> {
  await using models = await writeWorkloadModel("mlp");
  await using replica = await startReplica(models.repository);
  await using reference = await startReference();
  const requests = flotillaRequests(await workloadInputs("mlp"));
  const over = (address: string) => ({ http: { ...requests.http, address } });
  const sides = [
    { pid: reference.pid, target: over(reference.address) },
    { pid: replica.pid, target: over(replica.httpAddress) },
    { pid: replica.pid, target: { grpc: { ...requests.grpc, address: replica.grpcAddress } } },
  ];
  const measurers = sides.map((side) => (ms: number) => cpuEach({ ...side, ms }));
  for (const measure of measurers) await measure(WARM_UP_MS);
  // The least of each: whatever else runs on the machine only ever adds.
  const least = [NOT_YET, NOT_YET, NOT_YET] as [number, number, number];
  for (let round = 1; ; round++) {
    for (const [side, measure] of measurers.entries()) {
      least[side] = Math.min(least[side] ?? Number.NaN, await measure(SLICE_MS));
    }
    const [bare, http, grpc] = least;
    const measured = { http: http / bare, grpc: grpc / bare };
    if (round === ROUNDS.most || (round >= ROUNDS.least && isSettled(measured))) return measured;
  }
}

/** Milliseconds a request. */
async function cpuEach(options: {
  readonly pid: number;
  readonly target: Parameters<typeof leanLoad>[0];
  readonly ms: number;
}): Promise<number> {
  const { pid, target, ms } = options;
  const pids = { server: [pid] };
  const before = cpuTimes(pids);
  const run = { connections: CONNECTIONS, ms, pace: { kind: "closed" } } as const;
  const { answers, failed } = await leanLoad(target, run);
  if (failed > 0) throw new Error(`${failed} requests failed beside ${answers} good answers`);
  return (cpuSince(before, cpuTimes(pids))["server"] ?? Number.NaN) / answers;
}

async function startReference(): Promise<
  AsyncDisposable & { readonly pid: number; readonly address: string }
> {
  const port = Promise.withResolvers<number>();
  const child = Bun.spawn([process.execPath, REFERENCE], {
    stdio: ["ignore", "inherit", "inherit"],
    ipc: (message: number) => port.resolve(message),
  });
  void child.exited.then((code) => port.reject(new Error(`the reference ended with ${code}`)));
  return {
    pid: child.pid,
    address: `127.0.0.1:${await port.promise}`,
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
}
