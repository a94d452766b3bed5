import { cpuSince, cpuTimes } from "../cpu/cpu-time.ts";
import { print } from "../print.ts";
import type { Curve, Measuring } from "./curve.ts";
import { fleetText } from "./fleet-text.ts";
import { type LightMeasured, measureLightFleet } from "./measure-light-fleet.ts";
import { measurePoint, warmUp } from "./measure-point.ts";
import { measureReload, type ReloadMeasured } from "./measure-reload.ts";
import { openWorkloadFleet, USUAL_REPLICAS } from "./open-fleet.ts";
import { milliseconds } from "./show-figures.ts";

const STATIC_REPLICAS = [3, 10, 100, 1_000];
/** The model is made from all but the last, which checks it. */
const LIGHT_REPLICAS = [10, 50, 200, 1_000];
const QUICK_LIGHT_REPLICAS = [3, 6, 10];
const CONNECTIONS = 64;
const IDLE_MS = { full: 10_000, quick: 2_000 };

export interface FleetData {
  readonly requestMs: { readonly replica: number; readonly nginx: number };
  readonly idleReplicaMs: number;
  readonly reloads: readonly ReloadMeasured[];
  readonly light: readonly LightMeasured[];
}

export const fleetCurve: Curve<FleetData> = {
  name: "fleet",
  what: "what 10, 100 and 1,000 replicas come to: a model of the figures, checked with 1,000 light ones",
  minutes: 3,
  async measure(measuring) {
    const idleMs = measuring.quick ? IDLE_MS.quick : IDLE_MS.full;
    const requests = await measureRequests(measuring, idleMs);
    const reloads: ReloadMeasured[] = [];
    for (const replicas of measuring.quick ? STATIC_REPLICAS.slice(0, 2) : STATIC_REPLICAS) {
      const measured = await measureReload(replicas);
      reloads.push(measured);
      print(`  ${replicas} replicas: NGINX reloads within ${milliseconds(measured.reloadMs)}`);
    }
    const light: LightMeasured[] = [];
    for (const replicas of measuring.quick ? QUICK_LIGHT_REPLICAS : LIGHT_REPLICAS) {
      const measured = await measureLightFleet(replicas, idleMs);
      light.push(measured);
      print(`  ${replicas} light replicas serve after ${milliseconds(measured.servingMs)}`);
    }
    return { ...requests, reloads, light };
  },
  show: (data) => ({ text: fleetText(data) }),
};

/** What a request costs a real fleet, and what its replicas cost without one. */
async function measureRequests(
  measuring: Measuring,
  idleMs: number,
): Promise<Pick<FleetData, "requestMs" | "idleReplicaMs">> {
  await using open = await openWorkloadFleet("mlp");
  const target = { http: open.http };
  await warmUp(target, measuring, USUAL_REPLICAS);
  const { cpuMs } = await measurePoint(open, target, { ...measuring, connections: CONNECTIONS });
  const pids = await open.pids();
  const before = cpuTimes(pids);
  await Bun.sleep(idleMs);
  const idle = cpuSince(before, cpuTimes(pids));
  const perSecond = ((idle["replicas"] ?? 0) / idleMs) * 1000;
  return {
    requestMs: { replica: cpuMs["replicas"] ?? 0, nginx: cpuMs["nginx"] ?? 0 },
    idleReplicaMs: perSecond / pids.replicas.length,
  };
}
