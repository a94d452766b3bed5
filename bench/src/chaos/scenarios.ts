import {
  drainAndReturn,
  killGateway,
  killNginxMaster,
  killNginxWorker,
  reloadTimes,
  restart,
  scale,
  signalReplicas,
} from "./faults.ts";
import type { ChaosFleet } from "./start-chaos-fleet.ts";

/** Something that happens to a fleet of three under load. */
export interface Scenario {
  readonly name: string;
  /** Whether no request may fail. */
  readonly promisesZero: boolean;
  /** Makes it happen, and is done when the fleet is as it should be again. */
  happen(fleet: ChaosFleet): Promise<void>;
}

/** In this order. */
export function scenariosWith({ reloads }: { readonly reloads: number }): readonly Scenario[] {
  return [
    scenario("kill -9 one replica", (fleet) => signalReplicas(fleet, "SIGKILL", ["server-2"])),
    scenario("kill -9 two of three", (fleet) =>
      signalReplicas(fleet, "SIGKILL", ["server-1", "server-3"]),
    ),
    // It stays stopped: the supervisor kills it, and NGINX repeats elsewhere what was inside.
    scenario("kill -STOP one replica", (fleet) => signalReplicas(fleet, "SIGSTOP", ["server-2"])),
    scenario("SIGTERM to one replica", (fleet) => signalReplicas(fleet, "SIGTERM", ["server-2"])),
    scenario("drain and return", (fleet) => drainAndReturn(fleet, "server-2")),
    scenario("rolling restart", restart),
    scenario("scale 3 → 5 → 2", (fleet) => scale(fleet, [5, 2])),
    scenario(`reload × ${reloads}`, (fleet) => reloadTimes(fleet, reloads)),
    scenario("kill -9 the gateway", killGateway),

    { ...scenario("kill -9 a worker of NGINX", killNginxWorker), promisesZero: false },
    { ...scenario("kill -9 NGINX's master", killNginxMaster), promisesZero: false },
  ];
}

function scenario(name: string, happen: Scenario["happen"]): Scenario {
  return { name, promisesZero: true, happen };
}
