import type { Settings } from "@flotilla/common/settings";
import { type Fleet, startFleet } from "@flotilla/testkit/start-fleet";
import { benchNginx } from "../stacks/bench-nginx.ts";
import { flotillaRequests } from "../stacks/flotilla-requests.ts";
import type { GrpcTarget, HttpTarget, Workload } from "../stacks/stack.ts";
import { workloadInputs } from "../stacks/workload-inputs.ts";
import { writeWorkloadModel } from "../stacks/workload-models.ts";

type Pids = Readonly<Record<"replicas" | "nginx" | "gateway", readonly number[]>>;

/** What a fleet has that is told nothing else. */
export const USUAL_REPLICAS = 3;

/** A real fleet, with the pids of its parts. */
export interface OpenFleet extends AsyncDisposable {
  readonly fleet: Fleet;
  /** NGINX's is its master's. */
  pids(): Promise<Pids>;
}

export async function openFleet(settings: Partial<Settings>): Promise<OpenFleet> {
  const { path: nginx } = await benchNginx();
  const fleet = await startFleet({ settings: { nginx, log_level: "warn", ...settings } });
  return {
    fleet,
    async pids() {
      const { nginx: master, replicas } = await fleet.status();
      return {
        replicas: replicas.flatMap(({ pid }) => pid ?? []),
        nginx: master.pid === null ? [] : [master.pid],
        gateway: gatewayPids(fleet),
      };
    },
    [Symbol.asyncDispose]: async () => void (await fleet.stop()),
  };
}

/** Of the last one that started. */
export function gatewayPids(fleet: Fleet): readonly number[] {
  const pids = [...fleet.output().matchAll(/gateway starts \(pid (\d+)\)/g)];
  return pids.slice(-1).map(([, pid]) => Number(pid));
}

/** With what is asked of it. */
export interface WorkloadFleet extends OpenFleet {
  readonly http: HttpTarget;
  readonly grpc: GrpcTarget;
}

/** As it comes, but for what is named here. */
export async function openWorkloadFleet(
  workload: Workload,
  settings: Partial<Settings> = {},
): Promise<WorkloadFleet> {
  const { http, grpc } = flotillaRequests(await workloadInputs(workload));
  await using started = new AsyncDisposableStack();
  const models = started.use(await writeWorkloadModel(workload));
  const open = started.use(await openFleet({ models: models.repository, ...settings }));
  const running = started.move();
  return {
    ...open,
    http: { ...http, address: new URL(open.fleet.httpUrl).host },
    grpc: { ...grpc, address: open.fleet.grpcAddress },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
