import { join, resolve } from "node:path";

/** What the processes of one host find by in the folder that `FLOTILLA_STATE` names. */
export interface StateFolder {
  readonly folder: string;
  /** Where the supervisor answers the gateway. */
  readonly supervisorSocket: string;
  /** The pid of the supervisor that this folder belongs to. */
  readonly supervisorPid: string;
  /** The processes it started, for whoever must end them after its death. */
  readonly processes: string;
  /** What the operator made of the fleet, its size and who is drained, for the next start. */
  readonly fleet: string;
  /** Of the local replicas' sockets. */
  readonly sockets: string;
  /** The rendered configuration, and what NGINX itself writes. */
  readonly nginx: string;
}

export function stateFolder(state: string): StateFolder {
  const folder = resolve(state);
  return {
    folder,
    supervisorSocket: join(folder, "supervisor.sock"),
    supervisorPid: join(folder, "supervisor.pid"),
    processes: join(folder, "processes.json"),
    fleet: join(folder, "fleet.json"),
    sockets: join(folder, "sockets"),
    nginx: join(folder, "nginx"),
  };
}
