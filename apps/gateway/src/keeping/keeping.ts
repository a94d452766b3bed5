import type { Logger } from "@flotilla/common/logger";
import type { FleetPlan } from "../fleet/plan-fleet.ts";
import type { FleetWatch } from "../fleet/watch-fleet.ts";
import type { ConfigurationKeeper } from "../nginx/configuration-keeper.ts";
import { type Line, lineOf } from "../nginx/line-of.ts";
import type { Pulse } from "../pulse.ts";
import type { SupervisorClient } from "../supervisor-client.ts";
import type { NginxPlace, Wanted } from "./render-fleet.ts";

export interface KeepingOptions extends NginxPlace {
  readonly wanted: Wanted;
  /** What an earlier gateway had NGINX load. */
  readonly loaded: string | undefined;
  readonly watch: FleetWatch;
  readonly supervisor: SupervisorClient;
  readonly keeper: ConfigurationKeeper;
  /** Beaten when a replica changes its state. */
  readonly wake: Pulse;
  readonly logger: Logger;
  readonly onRefused: (refusal: {
    readonly problems: readonly string[];
    /** NGINX goes on with an older one. */
    readonly runs: boolean;
  }) => void;
}

/** What is remembered from one look at the fleet to the next. */
export interface Keeping extends Omit<KeepingOptions, "wanted" | "loaded"> {
  wanted: Wanted;
  /** The configuration that NGINX was last told, and what it was made from, where this process made it. */
  loaded: string | undefined;
  plan: FleetPlan | undefined;
  /** The configuration that NGINX's workers serve with. */
  serving: string | undefined;
  /** With what NGINX and the replicas were last found in step. */
  inStepWith: Wanted | undefined;
  /** Since when NGINX should have another one. */
  differsSince: number | undefined;
  /** What is against that one. */
  refusal: readonly string[];
  looks: number;
  lastLook: number;
  /** Pids of the drained replicas that were told to end. */
  readonly released: Map<string, number>;
}

/** What NGINX was last told of a replica. */
export function told({ plan, loaded }: Keeping, id: string): Line {
  if (plan !== undefined) return plan.get(id) ?? "none";
  return loaded === undefined ? "none" : lineOf(loaded, id);
}

/** Looks at the processes. False: the supervisor does not answer. */
export async function look(keeping: Keeping): Promise<boolean> {
  keeping.looks += 1;
  const look = keeping.looks;
  const processes = await keeping.supervisor.processes();
  if (processes === undefined) return false;
  // The loop and the operations look at once: an answer that was overtaken is old.
  if (look < keeping.lastLook) return true;
  keeping.lastLook = look;
  keeping.watch.observe(processes, ({ name }) => told(keeping, name));
  return true;
}
