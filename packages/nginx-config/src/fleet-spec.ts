import { type Checked, refused } from "@flotilla/common/checked";
import type { NginxVersion } from "@flotilla/common/nginx-version";
import type { Settings } from "@flotilla/common/settings";
import { fleetClashes } from "./fleet-clashes.ts";
import {
  type AbsolutePath,
  COMMENT,
  type CommentText,
  FOLDER,
  HASH_KEY,
  HEADER,
  HOST,
  type Host,
  INCLUDED_FILE,
  type Limit,
  NETWORK,
  type Network,
  NGINX,
  PORT,
  type Port,
  REPLICA_ID,
  type ReplicaId,
  type Rule,
  SOCKET,
  STRATEGY,
  type Variable,
  WHOLE_SECONDS,
  within,
} from "./value-rules.ts";

interface PlainAddress {
  readonly host: string;
  readonly port: number;
}

/** A file of NGINX directives that is included. Its path changes with its content, so that equal bytes mean equal. */
export interface DirectiveFile {
  /** Absolute. */
  readonly path: string;
  /** Where the user wrote it; files are included in the order of these. */
  readonly source: string;
}

/** A fleet as others know it; nothing of it reaches a configuration unparsed. */
export interface PlainFleet {
  /** NGINX's version, "1.22.1". */
  readonly nginx: string;
  /** Where NGINX listens. */
  readonly http: PlainAddress;
  readonly grpc: PlainAddress;
  readonly replicas: readonly {
    readonly id: string;
    readonly http: PlainAddress;
    readonly grpc: PlainAddress;
    /** Unix sockets where it listens, too: NGINX prefers them. */
    readonly sockets?: { readonly http: string; readonly grpc: string } | undefined;
    /** Ejected or draining: it keeps its place in the ring, and gets nothing. */
    readonly down: boolean;
    /** Its share of the requests; 1 is usual. */
    readonly weight: number;
    /** Connections at once from each upstream; 0: as many as come. */
    readonly maxConns: number;
    /** Used only while no other replica is up. */
    readonly backup: boolean;
  }[];
  readonly strategy: Settings["strategy"];
  /** For the strategy `hash`: `client-address` or `header:NAME`. */
  readonly hashOn: string;
  /** Addresses and networks (CIDR) whose x-forwarded-for is believed. */
  readonly trustedProxies: readonly string[];
  /** The user's own directives: in `http { … }`, and in each of the two public servers. */
  readonly directives: {
    readonly http: readonly DirectiveFile[];
    readonly server: readonly DirectiveFile[];
  };
  readonly sessionHeader: string;
  readonly maxFails: number;
  readonly failTimeoutMs: number;
  readonly bodyLimitBytes: number;
  readonly grpcMessageLimitBytes: number;
  readonly headerLimitBytes: number;
  readonly deadlineMs: number;
  readonly grpcStreamsLimit: number;
  /** Clients' connections at once, in each of NGINX's workers. */
  readonly connectionsLimit: number;
  /** Absolute and existing: for the pid file, the status socket and temporary files. */
  readonly folder: string;
  /** NGINX's worker processes; undefined: one for each core. */
  readonly workers?: number | undefined;
  /** Whether NGINX's master runs as root; the workers then stay root, for the folder may be closed to others. */
  readonly asRoot?: boolean;
}

interface Address {
  readonly host: Host;
  readonly port: Port;
}

export interface Replica {
  readonly id: ReplicaId;
  readonly http: Address;
  readonly grpc: Address;
  readonly sockets: { readonly http: AbsolutePath; readonly grpc: AbsolutePath } | undefined;
  readonly down: boolean;
  readonly weight: Limit;
  readonly maxConns: Limit;
  readonly backup: boolean;
}

interface IncludedFile {
  readonly path: AbsolutePath;
  readonly source: CommentText;
}

/** Parsed: every value may be printed as it is. Replicas are in the order of their ids. */
export interface FleetSpec {
  readonly nginx: NginxVersion;
  readonly http: Address;
  readonly grpc: Address;
  readonly replicas: readonly Replica[];
  readonly strategy: Settings["strategy"];
  readonly hashKey: Variable;
  readonly trustedProxies: readonly Network[];
  readonly directives: {
    readonly http: readonly IncludedFile[];
    readonly server: readonly IncludedFile[];
  };
  /** The value of the header that names a session. */
  readonly session: Variable;
  readonly maxFails: Limit;
  readonly failTimeoutMs: Limit;
  readonly bodyLimitBytes: Limit;
  readonly grpcMessageLimitBytes: Limit;
  readonly headerLimitBytes: Limit;
  readonly deadlineMs: Limit;
  readonly grpcStreamsLimit: Limit;
  readonly connectionsLimit: Limit;
  readonly folder: AbsolutePath;
  readonly workers: Limit | "auto";
  readonly asRoot: boolean;
}

const GIB = 1024 ** 3;

/**
 * Names everything that is wrong, not only the first, by the setting that a user can mend, where there is one. Values
 * are shown as JSON, so that none can forge a line.
 */
export function parseFleetSpec(plain: PlainFleet): Checked<FleetSpec> {
  const problems = new Set<string>();
  const check: Check = (name, value, rule) => {
    const parsed = rule.parse(value);
    if (parsed !== undefined) return parsed;
    problems.add(`${name}: ${rule.expected}, got ${JSON.stringify(value)}`);
    return undefined as never; // never seen: with a problem there is no spec
  };
  const includes = (files: readonly DirectiveFile[]) =>
    files
      .map(({ path, source }) => ({
        path: check("nginx_directives", path, INCLUDED_FILE),
        source: check("nginx_directives", source, COMMENT),
      }))
      .toSorted((a, b) => compare(`${a.source}\n${a.path}`, `${b.source}\n${b.path}`));
  const spec: FleetSpec = {
    nginx: check("nginx", plain.nginx, NGINX),
    http: {
      host: check("host", plain.http.host, HOST),
      port: check("http_port", plain.http.port, PORT),
    },
    grpc: {
      host: check("host", plain.grpc.host, HOST),
      port: check("grpc_port", plain.grpc.port, PORT),
    },
    replicas: checkReplicas(plain.replicas, check),
    strategy: check("strategy", plain.strategy, STRATEGY),
    hashKey: check("hash_on", plain.hashOn, HASH_KEY),
    trustedProxies: [
      ...new Set(plain.trustedProxies.map((one) => check("trusted_proxies", one, NETWORK))),
    ].toSorted(compare),
    directives: {
      http: includes(plain.directives.http),
      server: includes(plain.directives.server),
    },
    session: check("session_header", plain.sessionHeader, HEADER),
    maxFails: check("max_fails", plain.maxFails, within(0, 1_000)),
    failTimeoutMs: check("fail_timeout_ms", plain.failTimeoutMs, WHOLE_SECONDS),
    bodyLimitBytes: check("body_limit_bytes", plain.bodyLimitBytes, within(1, 64 * GIB)),
    grpcMessageLimitBytes: check(
      "grpc_message_limit_bytes",
      plain.grpcMessageLimitBytes,
      within(1, 4 * GIB),
    ),
    headerLimitBytes: check("header_limit_bytes", plain.headerLimitBytes, within(1_024, 1024 ** 2)),
    deadlineMs: check("deadline_ms", plain.deadlineMs, within(1, 86_400_000)),
    grpcStreamsLimit: check("grpc_streams_limit", plain.grpcStreamsLimit, within(1, 65_535)),
    connectionsLimit: check("connections_limit", plain.connectionsLimit, within(64, 262_144)),
    folder: check("state", plain.folder, FOLDER),
    workers: plain.workers === undefined ? "auto" : check("workers", plain.workers, within(1, 512)),
    asRoot: plain.asRoot ?? false,
  };
  const all = [...problems, ...fleetClashes(plain)];
  return all.length === 0 ? { ok: true, value: spec } : refused(...all);
}

type Check = <T>(name: string, value: unknown, rule: Rule<T>) => T;

function checkReplicas(replicas: PlainFleet["replicas"], check: Check): readonly Replica[] {
  return replicas
    .map((replica, at) => {
      const place = `replicas[${at}]`;
      const hasId = REPLICA_ID.parse(replica.id) !== undefined;
      const settings = hasId ? `per_replica.${replica.id}` : place;
      const address = (protocol: "http" | "grpc"): Address => ({
        host: check(`${place}.${protocol}.host`, replica[protocol].host, HOST),
        port: check(`${place}.${protocol}.port`, replica[protocol].port, PORT),
      });
      return {
        id: check(`${place}.id`, replica.id, REPLICA_ID),
        http: address("http"),
        grpc: address("grpc"),
        sockets: replica.sockets && {
          http: check(`${place}.sockets.http`, replica.sockets.http, SOCKET),
          grpc: check(`${place}.sockets.grpc`, replica.sockets.grpc, SOCKET),
        },
        down: replica.down,
        weight: check(`${settings}.weight`, replica.weight, within(1, 1_000)),
        maxConns: check(`${settings}.max_conns`, replica.maxConns, within(0, 65_535)),
        backup: replica.backup,
      };
    })
    .toSorted((a, b) => compareIds(String(a.id), String(b.id)));
}

const BY_NUMBER = new Intl.Collator("en", { numeric: true });

/** `server-2` before `server-10`; independent of the machine's language. */
function compareIds(a: string, b: string): number {
  return BY_NUMBER.compare(a, b) || compare(a, b);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
