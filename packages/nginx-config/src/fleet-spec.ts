import { isIPv4, isIPv6 } from "node:net";
import { type Checked, refused } from "@flotilla/common/checked";
import { isAtLeast, type NginxVersion, parseNginxVersion } from "@flotilla/common/nginx-version";
import type { Settings } from "@flotilla/common/settings";
import { nginxPaths } from "./nginx-paths.ts";

type Branded<T, Name extends string> = T & { readonly __brand: Name };

/** As NGINX writes it: a name, an IPv4 address, or an IPv6 address in brackets. */
type Host = Branded<string, "Host">;
type Port = Branded<number, "Port">;
type ReplicaId = Branded<string, "ReplicaId">;
/** Lower-case letters, digits and hyphens: what NGINX has a variable for. */
type HeaderName = Branded<string, "HeaderName">;
/** Absolute, and plain inside NGINX's double quotes. */
type FolderPath = Branded<string, "FolderPath">;
/** A whole number inside the bounds of its setting. */
type Limit = Branded<number, "Limit">;

interface PlainAddress {
  readonly host: string;
  readonly port: number;
}

/** A file of NGINX directives that is included. Its path changes with its content, so that equal bytes mean equal. */
export interface DirectiveFile {
  /** Absolute. */
  readonly path: string;
  /** Where the user wrote it. */
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
  /** Absolute and existing: for the pid file, the status socket and temporary files. */
  readonly folder: string;
  /** Whether NGINX's master runs as root; the workers then stay root, for the folder may be closed to others. */
  readonly asRoot?: boolean;
}

interface Address {
  readonly host: Host;
  readonly port: Port;
}

interface Replica {
  readonly id: ReplicaId;
  readonly http: Address;
  readonly grpc: Address;
  readonly down: boolean;
}

/** Parsed: every value may be printed as it is. Replicas are in the order of their ids. */
export interface FleetSpec {
  readonly nginx: NginxVersion;
  readonly http: Address;
  readonly grpc: Address;
  readonly replicas: readonly Replica[];
  readonly sessionHeader: HeaderName;
  readonly maxFails: Limit;
  readonly failTimeoutMs: Limit;
  readonly bodyLimitBytes: Limit;
  readonly grpcMessageLimitBytes: Limit;
  readonly headerLimitBytes: Limit;
  readonly deadlineMs: Limit;
  readonly grpcStreamsLimit: Limit;
  readonly folder: FolderPath;
  readonly asRoot: boolean;
}

const OLDEST_NGINX = "1.22.0";
const GIB = 1024 ** 3;
// macOS allows 103 bytes, Linux 107.
const SOCKET_PATH_BYTES_MAX = 103;

/** Names everything that is wrong, not only the first. Values are shown as JSON, so that none can forge a line. */
export function parseFleetSpec(plain: PlainFleet): Checked<FleetSpec> {
  const problems: string[] = [];
  const check = <T>(name: string, value: unknown, rule: Rule<T>): T => {
    const parsed = rule.parse(value);
    if (parsed !== undefined) return parsed;
    problems.push(`${name}: ${rule.expected}, got ${JSON.stringify(value)}`);
    return undefined as T; // never seen: with a problem there is no spec
  };
  const address = (name: string, { host, port }: PlainAddress): Address => ({
    host: check(`${name}.host`, host, HOST),
    port: check(`${name}.port`, port, PORT),
  });
  const replicas = plain.replicas.map((replica, at) => ({
    id: check(`replicas[${at}].id`, replica.id, REPLICA_ID),
    http: address(`replicas[${at}].http`, replica.http),
    grpc: address(`replicas[${at}].grpc`, replica.grpc),
    down: replica.down,
  }));
  const spec: FleetSpec = {
    nginx: check("nginx", plain.nginx, NGINX),
    http: address("http", plain.http),
    grpc: address("grpc", plain.grpc),
    replicas: replicas.toSorted((a, b) => compareIds(String(a.id), String(b.id))),
    sessionHeader: check("sessionHeader", plain.sessionHeader, HEADER_NAME),
    maxFails: check("maxFails", plain.maxFails, within(0, 1_000)),
    failTimeoutMs: check("failTimeoutMs", plain.failTimeoutMs, WHOLE_SECONDS),
    bodyLimitBytes: check("bodyLimitBytes", plain.bodyLimitBytes, within(1, 64 * GIB)),
    grpcMessageLimitBytes: check(
      "grpcMessageLimitBytes",
      plain.grpcMessageLimitBytes,
      within(1, 4 * GIB),
    ),
    headerLimitBytes: check("headerLimitBytes", plain.headerLimitBytes, within(1_024, 1024 ** 2)),
    deadlineMs: check("deadlineMs", plain.deadlineMs, within(1, 86_400_000)),
    grpcStreamsLimit: check("grpcStreamsLimit", plain.grpcStreamsLimit, within(1, 65_535)),
    folder: check("folder", plain.folder, FOLDER),
    asRoot: plain.asRoot ?? false,
  };
  problems.push(...clashes(plain));
  return problems.length === 0 ? { ok: true, value: spec } : refused(...problems);
}

/** What is wrong although each value for itself is right. */
function clashes({ http, grpc, replicas }: PlainFleet): readonly string[] {
  const problems = http.port === grpc.port ? ["grpc.port: must differ from http.port"] : [];
  if (replicas.length === 0) problems.push("replicas: expected at least one");
  const twice = (name: string, values: readonly string[]) =>
    values
      .filter((value, at) => values.indexOf(value) !== at)
      .map((value) => `replicas: ${name} ${JSON.stringify(value)} occurs twice`);
  const addresses = replicas.flatMap((it) => [it.http, it.grpc]);
  return [
    ...problems,
    ...twice(
      "the id",
      replicas.map(({ id }) => id),
    ),
    ...twice(
      "the address",
      addresses.map(({ host, port }) => `${host}:${port}`),
    ),
  ];
}

/** `server-2` before `server-10`; independent of the machine's language. */
function compareIds(a: string, b: string): number {
  const numeric = new Intl.Collator("en", { numeric: true }).compare(a, b);
  return numeric !== 0 ? numeric : a < b ? -1 : 1;
}

interface Rule<T> {
  readonly expected: string;
  readonly parse: (value: unknown) => T | undefined;
}

function matching<T>(expected: string, fits: (text: string) => boolean): Rule<T> {
  return {
    expected,
    parse: (value) => (typeof value === "string" && fits(value) ? (value as T) : undefined),
  };
}

function within<T extends number = Limit>(min: number, max: number, step = 1): Rule<T> {
  const unit = step === 1 ? "a whole number" : `a multiple of ${step}`;
  return {
    expected: `expected ${unit} from ${min} to ${max}`,
    parse: (value) =>
      typeof value === "number" && value >= min && value <= max && value % step === 0
        ? (value as T)
        : undefined,
  };
}

const NGINX: Rule<NginxVersion> = {
  expected: `expected the version of an NGINX from ${OLDEST_NGINX} on, such as "1.22.1"`,
  parse: (value) => {
    const version = typeof value === "string" ? parseNginxVersion(value) : undefined;
    return version !== undefined && isAtLeast(version, OLDEST_NGINX) ? version : undefined;
  },
};

// A name whose last label is digits would be read as a broken address.
const NAME =
  /^(?=.{1,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*(?!\d+$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

const HOST: Rule<Host> = {
  expected: "expected a host name or an IP address",
  parse: (value) => {
    if (typeof value !== "string") return undefined;
    // A zone (fe80::1%eth0) passes isIPv6, but may hold anything. The URL writes all others in the usual way: NGINX
    // knows no rarities such as 0:0:0:0:0:0:0::.
    if (isIPv6(value)) return URL.parse(`http://[${value}]`)?.hostname as Host | undefined;
    return isIPv4(value) || NAME.test(value) ? (value as Host) : undefined;
  },
};

const PORT = within<Port>(1, 65_535);
const WHOLE_SECONDS = within(1_000, 600_000, 1_000);

const REPLICA_ID = matching<ReplicaId>(
  "expected 1 to 64 letters, digits, dots, hyphens or underscores, the first a letter or digit",
  (text) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text),
);

const HEADER_NAME = matching<HeaderName>(
  "expected a header name of lower-case letters, digits and hyphens, 64 at most",
  (text) => /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/.test(text),
);

const FOLDER = matching<FolderPath>(
  `expected an absolute path without control characters, ", \\ and $, short enough for a socket in it (${SOCKET_PATH_BYTES_MAX} bytes)`,
  (text) =>
    /^\/[^\p{Cc}"\\$]*$/u.test(text) &&
    Buffer.byteLength(nginxPaths(text).statusSocket) <= SOCKET_PATH_BYTES_MAX,
);
