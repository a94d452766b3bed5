import { findPortHolder, type PortHolder } from "@flotilla/common/find-port-holder";
import { type LocalReplica, localFleet } from "@flotilla/common/local-fleet";
import { type SettingKey, type Settings, settingFlag } from "@flotilla/common/settings";

export interface WantedPort {
  /** Who wants it, as a problem names it. */
  readonly what: string;
  readonly host: string;
  readonly port: number;
  readonly setting: SettingKey;
}

/** Every port that a fleet cannot have, with who has it: found out before anything is started. */
export function checkPorts(settings: Settings): readonly string[] {
  const wanted = wantedPorts(settings);
  return wanted.flatMap((one, at) => {
    const twin = wanted.slice(0, at).find(({ port }) => port === one.port);
    return twin ? [sharedPort(one, twin)] : unavailable(one);
  });
}

/** The same for replicas that join a fleet which runs. */
export function checkReplicaPorts(replicas: readonly LocalReplica[]): readonly string[] {
  return replicas.flatMap(replicaPorts).flatMap(unavailable);
}

export function wantedPorts(settings: Settings): readonly WantedPort[] {
  const { host, ops_host } = settings;
  return [
    { what: "HTTP", host, port: settings.http_port, setting: "http_port" },
    { what: "gRPC", host, port: settings.grpc_port, setting: "grpc_port" },
    { what: "operations", host: ops_host, port: settings.ops_port, setting: "ops_port" },
    ...localFleet(settings).flatMap(replicaPorts),
  ];
}

function replicaPorts({ id, host, httpPort, grpcPort }: LocalReplica): readonly WantedPort[] {
  return [
    { what: `${id}'s HTTP`, host, port: httpPort, setting: "replica_port_base" },
    { what: `${id}'s gRPC`, host, port: grpcPort, setting: "replica_port_base" },
  ];
}

function sharedPort({ what, port, setting }: WantedPort, twin: WantedPort): string {
  return `port ${port} is wanted for ${twin.what} and for ${what}; mend: ${settingFlag(setting)} with another number`;
}

function unavailable({ what, host, port, setting }: WantedPort): readonly string[] {
  try {
    Bun.listen({ hostname: host, port, socket: { data() {} } }).stop(true);
    return [];
  } catch (error) {
    const why = reason({ port, setting, error: error as NodeJS.ErrnoException });
    return [`port ${port} on ${host}, for ${what}: ${why}`];
  }
}

/** With its mend: another process, another port or another address, whichever it is about. */
function reason(options: {
  readonly port: number;
  readonly setting: SettingKey;
  readonly error: NodeJS.ErrnoException;
}): string {
  const { port, setting, error } = options;
  const flag = settingFlag(setting);
  switch (error.code) {
    case "EADDRINUSE":
      return takenBy(findPortHolder(port), flag);
    case "EACCES":
      return `this user may not open it; mend: ${flag} with a number of at least 1024`;
    default: {
      const address = settingFlag(setting === "ops_port" ? "ops_host" : "host");
      return `it cannot be opened (${error.code ?? error.message}); mend: ${address} with an address of this machine`;
    }
  }
}

export function takenBy(holder: PortHolder | undefined, flag: string): string {
  const who =
    holder === undefined
      ? "a process that this user may not see"
      : `pid ${holder.pid} (${holder.command})`;
  return `it is taken by ${who}; mend: end that process, or use ${flag}`;
}
