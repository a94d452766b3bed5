import { type Checked, refused } from "./checked.ts";

/** A name or an address behind which there are replicas: HTTP on this port, gRPC on the next. */
export interface ReplicaHost {
  readonly host: string;
  readonly httpPort: number;
}

const DEFAULT_PORT = 8000;
const LAST_PORT = 65_534;
const ENTRY = /^(?:\[(?<ipv6>[0-9a-fA-F:.]+)\]|(?<name>[A-Za-z0-9._-]+))(?::(?<port>\d{1,5}))?$/;

/** Reads `model-server` or `10.0.0.5:8000, [fd00::5]:8000`. */
export function parseReplicaHosts(text: string): Checked<readonly ReplicaHost[]> {
  const entries = text.split(",").map((entry) => entry.trim());
  const hosts = entries.map((entry) => {
    const { ipv6, name, port = String(DEFAULT_PORT) } = ENTRY.exec(entry)?.groups ?? {};
    const host = ipv6 ?? name;
    const httpPort = Number(port);
    return host !== undefined && httpPort > 0 && httpPort <= LAST_PORT
      ? { host, httpPort }
      : undefined;
  });
  const wrong = entries.filter((_, at) => hosts[at] === undefined);
  return wrong.length === 0
    ? { ok: true, value: hosts.filter((host) => host !== undefined) }
    : refused(
        `replica_hosts: expected names or addresses, each with its HTTP port where that is not ${DEFAULT_PORT}, got ${JSON.stringify(wrong.join(", "))}; mend: write \`model-server\` or \`10.0.0.5:8000\`, with commas between them`,
      );
}
