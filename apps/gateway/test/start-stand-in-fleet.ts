import type { Settings } from "@flotilla/common/settings";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { type StandInGateway, standInSettings, startStandInGateway } from "./stand-in-gateway.ts";
import { type StandInSupervisor, startStandInSupervisor } from "./stand-in-supervisor.ts";

/** A gateway and a supervisor of three replicas that serve, with NGINX in step. */
export interface StandInFleet extends AsyncDisposable {
  readonly supervisor: StandInSupervisor;
  readonly gateway: StandInGateway;
  /** "server-1:serving server-2:drained …" */
  states(): string;
}

export async function startStandInFleet(
  options: {
    readonly settings?: Partial<Settings>;
    readonly check?: (file: string) => Promise<readonly string[]>;
  } = {},
): Promise<StandInFleet> {
  const supervisor = startStandInSupervisor();
  supervisor.processes.settings = standInSettings(supervisor, options.settings);
  supervisor.processes.add("server-1", "server-2", "server-3");
  const gateway = await startStandInGateway(supervisor, options);
  await waitUntil("NGINX is in step", () => gateway.fleet.inStep);
  return {
    supervisor,
    gateway,
    states: () =>
      gateway.fleet.replicas.map(({ replica, state }) => `${replica.id}:${state}`).join(" "),
    async [Symbol.asyncDispose]() {
      gateway[Symbol.dispose]();
      await supervisor[Symbol.asyncDispose]();
    },
  };
}
