import { balancingMethod } from "./balancing-method.ts";
import { block } from "./block.ts";
import { idleConnections, zoneKib } from "./fleet-sizes.ts";
import type { FleetSpec } from "./fleet-spec.ts";
import { supports } from "./nginx-features.ts";
import { renderServerLines } from "./server-lines.ts";

export type Protocol = "http" | "grpc";

/** What an upstream is for: requests without a session, those of one, and what both fall back to. */
export type Pool = "replicas" | "sessions" | "last_hop";

/** The variable that holds a request's upstream. */
export function poolVariable(protocol: Protocol): string {
  return `$flotilla_${protocol}`;
}

export function upstreamName(protocol: Protocol, pool: Pool): string {
  return `${protocol}_${pool}`;
}

/** Which upstream a request goes to, and the three upstreams of each protocol. */
export function renderUpstreams(fleet: FleetSpec): readonly string[] {
  return [
    "# A request that names its session goes to the replica that remembers it; the others are balanced.",
    ...renderPoolMap(fleet, "http"),
    ...renderPoolMap(fleet, "grpc"),
    "",
    "# What is unusual in the upstreams:",
    "# - `zone`: the workers share what they know of failures, and whose turn it is.",
    "# - a short fail_timeout: one that is longer than a replica needs to come back makes an outage of each restart.",
    "# - `hash … consistent` is over the host and port of each `server` line: a replica that keeps its address keeps its",
    "#   sessions, and `down` keeps its place, where a missing line would move others' sessions, too.",
    "# - `keepalive` follows the method: before 1.29.7 a method after it switches it off, with no more than a warning.",
    "# - a backup is missing where a hash or `random` balances, since NGINX refuses it there: it comes in, as a server",
    "#   like the others, when all of those are down.",
    "# - keepalive_timeout is below the 12 s after which a replica closes an idle connection: if NGINX is the first to",
    "#   close, no request meets a closed one.",
    "# - the last hop is where a request goes when the others have given up. max_fails=0: an upstream whose replicas have",
    "#   all just failed once refuses everything for fail_timeout, although they may be back. And no kept-alive",
    "#   connection: none can be stale. Who is `down` elsewhere is a backup here: a worker that ends may know an old fleet.",
    ...renderUpstream(fleet, "http", "replicas"),
    "",
    ...renderUpstream(fleet, "http", "sessions"),
    "",
    ...renderUpstream(fleet, "http", "last_hop"),
    "",
    ...renderUpstream(fleet, "grpc", "replicas"),
    "",
    ...renderUpstream(fleet, "grpc", "sessions"),
    "",
    ...renderUpstream(fleet, "grpc", "last_hop"),
  ];
}

function renderPoolMap(fleet: FleetSpec, protocol: Protocol): readonly string[] {
  return block(`map ${fleet.session} ${poolVariable(protocol)}`, [
    `"" ${upstreamName(protocol, "replicas")};`,
    `default ${upstreamName(protocol, "sessions")};`,
  ]);
}

function renderUpstream(
  ...[fleet, protocol, pool]: readonly [FleetSpec, Protocol, Pool]
): readonly string[] {
  const name = upstreamName(protocol, pool);
  return block(`upstream ${name}`, [
    `zone ${name} ${zoneKib(fleet.replicas.length)}k;`,
    ...balancingMethod(fleet, pool).directives(fleet, protocol),
    ...renderServerLines(fleet, protocol, pool),
    ...renderKeepalive(fleet, pool),
  ]);
}

function renderKeepalive({ nginx, replicas }: FleetSpec, pool: Pool): readonly string[] {
  if (pool === "last_hop") return supports(nginx, "keepalive-by-default") ? ["keepalive 0;"] : [];
  return [
    `keepalive ${idleConnections(replicas.length)};`,
    "keepalive_requests 1000000;",
    "keepalive_timeout 8s;",
  ];
}
