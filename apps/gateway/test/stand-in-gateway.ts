import { createLogger } from "@flotilla/common/logger";
import { readSettings } from "@flotilla/common/read-settings";
import type { Settings } from "@flotilla/common/settings";
import { createGateway, type Gateway } from "../src/create-gateway.ts";
import type { StandInSupervisor } from "./stand-in-supervisor.ts";

export interface StandInGateway extends Gateway, Disposable {}

/** The real gateway less its operations port and `nginx -t`, over a supervisor that is none. */
export async function startStandInGateway(
  supervisor: StandInSupervisor,
  options: {
    readonly settings?: Partial<Settings>;
    /** In place of `nginx -t`. */
    readonly check?: (file: string) => Promise<readonly string[]>;
  } = {},
): Promise<StandInGateway> {
  const gateway = await createGateway({
    settings: standInSettings(supervisor, options.settings),
    nginxVersion: "1.22.1",
    logger: createLogger({ level: "error", fields: {} }),
    connectProbe: supervisor.processes.connect,
    checkConfiguration: options.check ?? (async () => []),
    onRefusedStart(problems) {
      throw new Error(problems.join("\n"));
    },
  });
  if (!gateway.ok) throw new Error(gateway.problems.join("\n"));
  const { fleet } = gateway.value;
  void fleet.run();
  return { ...gateway.value, [Symbol.dispose]: () => fleet[Symbol.dispose]() };
}

export function standInSettings(
  { state }: Pick<StandInSupervisor, "state">,
  changed: Partial<Settings> = {},
): Settings {
  const read = readSettings({ flags: {}, environment: {}, file: undefined });
  if (!read.ok) throw new Error(read.problems.join("\n"));
  return {
    ...read.value.settings,
    state,
    nginx: "/usr/sbin/nginx",
    nginx_directives: `${state}/user`,
    log_level: "error",
    ...changed,
  };
}
