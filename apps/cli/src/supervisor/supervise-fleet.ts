import { writeProcessRecord } from "@flotilla/common/process-record";
import type { Screen } from "../screen/screen.ts";
import { type FleetSpec, gatewaySpec, nginxSpec } from "./child-specs.ts";
import { listenOnControlSocket } from "./control-socket.ts";
import { endFleet } from "./end-fleet.ts";
import { type FleetPlan, keepFleetRecord } from "./fleet-record.ts";
import { killHungReplicas } from "./kill-hung-replicas.ts";
import { observeChildren } from "./observe-children.ts";
import { observeTogether } from "./observe-together.ts";
import type { SettingsUse } from "./settings-routes.ts";
import { type Child, superviseChild } from "./supervise-child.ts";
import { superviseNginx } from "./supervise-nginx.ts";
import { superviseReplicas } from "./supervise-replicas.ts";

export interface FleetOptions {
  readonly fleet: FleetSpec;
  readonly plan: FleetPlan;
  readonly readSettings: SettingsUse["read"];
  readonly screen: Screen;
}

export interface SupervisedFleet {
  /** What a process that cannot start as it is configured said. */
  readonly refused: Promise<readonly string[]>;
  /** When the fleet is ready and NGINX accepts connections. */
  readonly serving: Promise<void>;
  readonly gateway: Child;
  /** Finishes what is in flight, in bounded time; nothing lives when it is done. */
  drain(): Promise<void>;
  /** At once. */
  kill(): void;
  readonly ended: Promise<void>;
}

/** Starts the replicas and the gateway; the gateway has NGINX started when every replica is ready. */
export function superviseFleet(options: FleetOptions): SupervisedFleet {
  const { plan, screen } = options;
  const { state } = options.fleet;
  let { settings } = options.fleet;
  let stopping = false;
  const fleet = () => ({ ...options.fleet, settings });
  const nginxChild = () => (nginx.child ? [nginx.child] : []);
  const children = () => [...replicas.children, gateway, ...nginxChild()];
  const keepRecord = keepFleetRecord({ path: state.fleet, plan, configured: settings.replicas });
  const record = () => {
    try {
      writeProcessRecord(state.processes, children().flatMap(recordOf));
      if (settings.replica_hosts === "") {
        keepRecord({ configured: settings.replicas, ...replicas.wanted });
      }
    } catch (error) {
      screen.warn(`what a later start must know is not recorded: ${(error as Error).message}`);
    }
  };
  const watch = observeChildren({ screen, children, stopping: () => stopping });
  const hung = killHungReplicas({ screen, children });
  const observer = observeTogether({ onSpawned: record, onEnd: record }, watch, hung.observer);
  const nginx = superviseNginx({ spec: (file) => nginxSpec(fleet(), file), observer });
  const replicas = superviseReplicas({ fleet, plan, observer, screen, onChange: record });
  const gateway = superviseChild(() => gatewaySpec(fleet()), observer);
  const apply: SettingsUse["apply"] = (changed) => {
    settings = changed;
    record();
    screen.step("new settings: what starts from now on has them");
  };
  const control = listenOnControlSocket({
    state,
    children,
    replicas,
    nginx,
    settings: { read: options.readSettings, apply },
    hangs: hung.hangs,
    stopping: () => stopping,
  });

  const stop = () => {
    stopping = true;
    for (const part of [nginx, replicas, gateway]) part.stop();
  };
  const ended = Promise.withResolvers<void>();
  const finish = async () => {
    await Promise.all(children().map((child) => child.ended));
    hung[Symbol.dispose]();
    await control.stop(true);
    ended.resolve();
  };
  return {
    refused: watch.refused,
    serving: watch.serving,
    gateway,
    ended: ended.promise,
    async drain() {
      stop();
      await endFleet({ nginx: nginxChild(), replicas: replicas.children, gateway, settings });
      await finish();
    },
    kill() {
      stop();
      for (const child of children()) child.kill();
      void finish();
    },
  };
}

function recordOf({ spec, pid }: Child) {
  return pid === undefined ? [] : [{ name: spec.name, pid, mark: spec.mark }];
}
