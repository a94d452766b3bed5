import type { Checked } from "@flotilla/common/checked";
import type { Settings } from "@flotilla/common/settings";
import { parseFleetSpec } from "@flotilla/nginx-config/fleet-spec";
import { renderNginxConf } from "@flotilla/nginx-config/render-nginx-conf";
import type { ObservedReplica } from "../fleet/observe-replica.ts";
import { isBackup, plainFleet } from "../fleet/plain-fleet.ts";
import { type FleetPlan, planFleet } from "../fleet/plan-fleet.ts";
import type { Line } from "../nginx/line-of.ts";
import type { UserDirectives } from "../nginx/user-directives.ts";

/** What NGINX is told beside the replicas; a reload of the settings replaces it. */
export interface Wanted {
  readonly settings: Settings;
  readonly directives: UserDirectives;
}

/** Where it is rendered for. */
export interface NginxPlace {
  readonly nginxVersion: string;
  readonly folder: string;
}

/** The plan for the replicas as they are, where `lineOf` says what NGINX knows of each. */
export function planObserved(
  replicas: readonly ObservedReplica[],
  settings: Settings,
  lineOf: (id: string) => Line,
): FleetPlan {
  return planFleet(
    replicas.map(({ replica: { id }, state, process: { intent, was_ready, problem } }) => ({
      id,
      state,
      intent,
      wasReady: was_ready,
      hasProblem: problem !== null,
      backup: isBackup(settings, id),
      line: lineOf(id),
    })),
  );
}

/** The configuration, or what is wrong with the fleet. */
export function renderFleet(
  options: Wanted &
    NginxPlace & { readonly replicas: readonly ObservedReplica[]; readonly plan: FleetPlan },
): Checked<string> {
  const replicas = options.replicas.map(({ replica }) => replica);
  const fleet = parseFleetSpec(plainFleet({ ...options, replicas }));
  return fleet.ok ? { ok: true, value: renderNginxConf(fleet.value) } : fleet;
}
