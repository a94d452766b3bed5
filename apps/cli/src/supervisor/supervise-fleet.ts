import { signalIfThere, writeProcessRecord } from "@flotilla/common/process-record";
import type { Screen } from "../screen/screen.ts";
import { type FleetSpec, gatewaySpec, nginxSpec, replicaSpecs } from "./child-specs.ts";
import { listenOnControlSocket } from "./control-socket.ts";
import { observeChildren } from "./observe-children.ts";
import { type Child, superviseChild } from "./supervise-child.ts";
import { superviseNginx } from "./supervise-nginx.ts";

export interface SupervisedFleet {
  /** What a process that cannot start as it is configured said. */
  readonly refused: Promise<readonly string[]>;
  /** When the fleet is ready and NGINX accepts connections. */
  readonly serving: Promise<void>;
  /** Finishes what is in flight, in bounded time; nothing lives when it is done. */
  drain(): Promise<void>;
  /** At once. */
  kill(): void;
  readonly ended: Promise<void>;
}

const SIGTERM_AGAIN_MS = 100;
/** From a request to end until it is not a request any more. */
const GRACE_MS = 1_000;

/** Starts the replicas and the gateway; the gateway has NGINX started when every replica is ready. */
export function superviseFleet(options: {
  readonly fleet: FleetSpec;
  readonly screen: Screen;
}): SupervisedFleet {
  const { fleet, screen } = options;
  const { state, settings } = fleet;
  const children = () => [...replicas, gateway, ...(nginx.child ? [nginx.child] : [])];
  const watch = observeChildren({
    screen,
    children,
    onSpawned: () => writeProcessRecord(state.processes, children().flatMap(recordOf)),
  });
  const nginx = superviseNginx({ spec: (file) => nginxSpec(fleet, file), observer: watch });
  const replicas = replicaSpecs(fleet).map((spec) => superviseChild(spec, watch));
  const gateway = superviseChild(gatewaySpec(fleet), watch);
  const control = listenOnControlSocket({ state, children, nginx });

  const stop = () => {
    watch.stopping();
    nginx.stop();
    for (const child of children()) child.stop();
  };
  const ended = Promise.withResolvers<void>();
  const finish = async () => {
    await Promise.all(children().map((child) => child.ended));
    await control.stop(true);
    ended.resolve();
  };
  return {
    refused: watch.refused,
    serving: watch.serving,
    ended: ended.promise,
    async drain() {
      stop();
      // The first SIGTERM only takes their readiness: NGINX still brings what it has accepted.
      for (const replica of replicas) replica.signal("SIGTERM");
      nginx.child?.signal("SIGQUIT");
      await endWithin(settings.drain_delay_ms, nginx.child ? [nginx.child] : []);
      // Without NGINX they are out of the upstreams. Two signals at once may arrive as one, so it is said until heard.
      const repeat = setInterval(() => {
        for (const replica of replicas) replica.signal("SIGTERM");
      }, SIGTERM_AGAIN_MS);
      await endWithin(settings.drain_delay_ms, replicas);
      clearInterval(repeat);
      gateway.signal("SIGTERM");
      await endWithin(GRACE_MS, [gateway]);
      await finish();
    },
    kill() {
      stop();
      for (const child of children()) killGroup(child);
      void finish();
    },
  };
}

async function endWithin(ms: number, children: readonly Child[]): Promise<void> {
  const ended = Promise.all(children.map((child) => child.ended));
  await Promise.race([ended, Bun.sleep(ms)]);
  for (const child of children) child.signal("SIGTERM");
  await Promise.race([ended, Bun.sleep(GRACE_MS)]);
  for (const child of children) killGroup(child);
  await ended;
}

/** Each child leads a group of its own, which holds NGINX's workers too. */
function killGroup({ pid }: Child): void {
  if (pid !== undefined) signalIfThere(-pid, "SIGKILL");
}

function recordOf({ spec, pid }: Child) {
  return pid === undefined ? [] : [{ name: spec.name, pid, mark: spec.mark }];
}
