import { isIPv4, isIPv6 } from "node:net";
import { isAtLeast, type NginxVersion, parseNginxVersion } from "@flotilla/common/nginx-version";
import type { Settings } from "@flotilla/common/settings";
import { SOCKET_PATH_BYTES_MAX } from "@flotilla/common/socket-path";
import { STRATEGY_METHODS } from "./balancing-method.ts";
import { nginxPaths } from "./nginx-paths.ts";
import { parseNetwork, usualIpv6 } from "./parse-network.ts";

type Branded<T, Name extends string> = T & { readonly __brand: Name };

/** As NGINX writes it: a name, an IPv4 address, or an IPv6 address in brackets. */
export type Host = Branded<string, "Host">;
export type Port = Branded<number, "Port">;
export type ReplicaId = Branded<string, "ReplicaId">;
/** One of NGINX's variables, `$` included. */
export type Variable = Branded<string, "Variable">;
/** An address, or one with the length of its network's prefix. */
export type Network = Branded<string, "Network">;
/** Absolute, and plain inside NGINX's double quotes. */
export type AbsolutePath = Branded<string, "AbsolutePath">;
/** One line: whatever else it holds, a comment ends with it. */
export type CommentText = Branded<string, "CommentText">;
/** A whole number inside the bounds of its setting. */
export type Limit = Branded<number, "Limit">;

/** How plain values become printable ones: only what a rule gave may reach a configuration. */
export interface Rule<T> {
  readonly expected: string;
  readonly parse: (value: unknown) => T | undefined;
}

const OLDEST_NGINX = "1.22.0";
// NGINX reads its configuration in pieces of 4,096 bytes, and a path must fit into one.
const PATH_BYTES_MAX = 2_048;

function fromText<T>(expected: string, parse: (text: string) => string | undefined): Rule<T> {
  return {
    expected,
    parse: (value) => (typeof value === "string" ? (parse(value) as T | undefined) : undefined),
  };
}

function matching<T>(expected: string, fits: (text: string) => boolean): Rule<T> {
  return fromText(expected, (text) => (fits(text) ? text : undefined));
}

export function within<T extends number = Limit>(min: number, max: number, step = 1): Rule<T> {
  const unit = step === 1 ? "a whole number" : `a multiple of ${step}`;
  return {
    expected: `expected ${unit} from ${min} to ${max}`,
    parse: (value) =>
      typeof value === "number" && value >= min && value <= max && value % step === 0
        ? (value as T)
        : undefined,
  };
}

export const NGINX: Rule<NginxVersion> = {
  expected: `expected the version of an NGINX from ${OLDEST_NGINX} on, such as "1.22.1"`,
  parse: (value) => {
    const version = typeof value === "string" ? parseNginxVersion(value) : undefined;
    return version !== undefined && isAtLeast(version, OLDEST_NGINX) ? version : undefined;
  },
};

// A name whose last label is digits would be read as a broken address.
const NAME =
  /^(?=.{1,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*(?!\d+$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

export const HOST = fromText<Host>("expected a host name or an IP address", (text) => {
  // A zone (fe80::1%eth0) passes isIPv6, but may hold anything, and has no usual form.
  if (isIPv6(text)) return bracketed(usualIpv6(text));
  return isIPv4(text) || NAME.test(text) ? text : undefined;
});

function bracketed(address: string | undefined): string | undefined {
  return address === undefined ? undefined : `[${address}]`;
}

export const PORT = within<Port>(1, 65_535);
export const WHOLE_SECONDS = within(1_000, 600_000, 1_000);

export const REPLICA_ID = matching<ReplicaId>(
  "expected 1 to 64 letters, digits, dots, hyphens or underscores, the first a letter or digit",
  (text) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text),
);

export const STRATEGY = matching<Settings["strategy"]>(
  `expected one of ${Object.keys(STRATEGY_METHODS).join(", ")}`,
  (text) => Object.hasOwn(STRATEGY_METHODS, text),
);

const HEADER_NAME = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

export const HEADER = fromText<Variable>(
  "expected a header name of lower-case letters, digits and hyphens, 64 at most",
  headerVariable,
);

export const HASH_KEY = fromText<Variable>(
  "expected `client-address`, or `header:NAME` with a name of letters, digits and hyphens, 64 at most",
  (text) => {
    if (text === "client-address") return "$remote_addr";
    const [, name] = /^header:(.*)$/s.exec(text) ?? [];
    return name === undefined ? undefined : headerVariable(name.toLowerCase());
  },
);

function headerVariable(name: string): string | undefined {
  return HEADER_NAME.test(name) ? `$http_${name.replaceAll("-", "_")}` : undefined;
}

export const NETWORK = fromText<Network>(
  "expected an IP address, or a network such as 10.0.0.0/8 with nothing but zeros past its prefix",
  parseNetwork,
);

const PLAIN_PATH = 'expected an absolute path without control characters, ", \\ and $';

export const FOLDER = matching<AbsolutePath>(
  `${PLAIN_PATH}, short enough for a socket in it (${SOCKET_PATH_BYTES_MAX} bytes)`,
  (text) =>
    isPlainPath(text) && Buffer.byteLength(nginxPaths(text).statusSocket) <= SOCKET_PATH_BYTES_MAX,
);

/** The white space that `$upstream_addr` puts between addresses tells how many there were: none of its own. */
export const SOCKET = matching<AbsolutePath>(
  `${PLAIN_PATH}, and without white space, short enough for a socket (${SOCKET_PATH_BYTES_MAX} bytes)`,
  (text) =>
    isPlainPath(text) && !/[\s;]/.test(text) && Buffer.byteLength(text) <= SOCKET_PATH_BYTES_MAX,
);

/** `include` would take `*`, `?` and `[` for a pattern. */
export const INCLUDED_FILE = matching<AbsolutePath>(
  `${PLAIN_PATH}, without *, ? and [, and of ${PATH_BYTES_MAX} bytes at most`,
  (text) => isPlainPath(text) && !/[*?[]/.test(text) && Buffer.byteLength(text) <= PATH_BYTES_MAX,
);

function isPlainPath(text: string): boolean {
  return /^\/[^\p{Cc}"\\$]*$/u.test(text);
}

export const COMMENT = matching<CommentText>(
  `expected one line of ${PATH_BYTES_MAX} bytes at most, without control characters`,
  (text) => /^[^\p{Cc}]+$/u.test(text) && Buffer.byteLength(text) <= PATH_BYTES_MAX,
);
