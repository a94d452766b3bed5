import { type Checked, refused } from "@flotilla/common/checked";

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  readonly tls: boolean;
  /** For logs: without the password. */
  readonly shown: string;
}

const DEFAULT_PORT = 6379;
const DATABASES = 65_536;
const MEND =
  "mend: write `redis://HOST:PORT/DATABASE`, or `rediss://USER:PASSWORD@HOST` with TLS, with whatever is special in the password percent-encoded";

/** Reads `redis://user:password@host:port/database`; a problem never quotes it, for it may hold a password. */
export function parseRedisAddress(text: string): Checked<RedisAddress> {
  const url = URL.parse(text);
  if (url === null || url.hostname === "") {
    return refused(`expected a server's address; ${MEND}`);
  }
  if (url.search !== "" || url.hash !== "") {
    return refused(`expected nothing after the database's number; ${MEND}`);
  }
  const database = Number(url.pathname.slice(1));
  if (!/^\/?\d*$/.test(url.pathname) || database >= DATABASES) {
    return refused(`expected a database's number after the slash; ${MEND}`);
  }
  const [username, password] = [decoded(url.username), decoded(url.password)];
  if (username === undefined || password === undefined) {
    return refused(`expected a percent-encoded name and password; ${MEND}`);
  }
  const scheme = url.protocol.slice(0, -1);
  const port = url.port === "" ? DEFAULT_PORT : Number(url.port);
  return {
    ok: true,
    value: {
      // Without the brackets of an IPv6 address.
      host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
      port,
      username: username || undefined,
      password: password || undefined,
      database,
      tls: scheme === "rediss" || scheme === "valkeys",
      shown: `${scheme}://${url.hostname}:${port}${database === 0 ? "" : `/${database}`}`,
    },
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
