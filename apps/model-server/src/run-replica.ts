import { readSettings } from "@flotilla/common/read-settings";
import { SOCKET_VARIABLES } from "@flotilla/common/replica-sockets";
import { containerId } from "./container-id.ts";
import { EXIT_CONFIGURATION, type ReplicaOptions, startReplica } from "./start-replica.ts";

/** A replica with the settings that an environment names. */
export async function runReplica(
  options: Pick<ReplicaOptions, "supervised" | "thread"> & {
    readonly environment: Readonly<Record<string, string | undefined>>;
  },
): Promise<void> {
  const { environment, ...given } = options;
  const read = readSettings({ flags: {}, environment, file: undefined });
  if (!read.ok) {
    process.stderr.write(`${read.problems.join("\n")}\n`);
    process.exit(EXIT_CONFIGURATION);
  }
  const { settings } = read.value;
  const server_id = settings.server_id === "auto" ? await containerId() : settings.server_id;
  const { [SOCKET_VARIABLES.http]: http, [SOCKET_VARIABLES.grpc]: grpc } = environment;
  const sockets = http && grpc ? { http, grpc } : undefined;
  await startReplica({
    ...given,
    sockets,
    settings: { ...settings, server_id },
    exit: process.exit,
  });
}
