import type { Settings } from "@flotilla/common/settings";
import type { FleetSpec } from "./fleet-spec.ts";
import type { NginxFeature } from "./nginx-features.ts";
import type { Pool, Protocol } from "./upstreams.ts";

interface BalancingMethod {
  readonly directives: (fleet: FleetSpec, protocol: Protocol) => readonly string[];
  /** Whether NGINX takes `backup` with it. */
  readonly takesBackup: boolean;
  readonly needs?: NginxFeature;
}

const ROUND_ROBIN: BalancingMethod = { directives: () => [], takesBackup: true };

const HASH_SESSION: BalancingMethod = {
  directives: ({ session }) => [`hash ${session} consistent;`],
  takesBackup: false,
};

/** How each strategy balances the requests that name no session. */
export const STRATEGY_METHODS: Readonly<Record<Settings["strategy"], BalancingMethod>> = {
  "round-robin": ROUND_ROBIN,
  "least-conn": { directives: () => ["least_conn;"], takesBackup: true },
  "random-two": { directives: () => ["random two least_conn;"], takesBackup: false },
  "ip-hash": { directives: () => ["ip_hash;"], takesBackup: false },
  hash: { directives: ({ hashKey }) => [`hash ${hashKey} consistent;`], takesBackup: false },
  "least-time": {
    directives: () => ["least_time header;"],
    takesBackup: true,
    needs: "least-time",
  },
  // A replica has an address, and with it a cookie, for each protocol.
  sticky: {
    directives: (_, protocol) => [`sticky cookie flotilla_${protocol} path=/ httponly;`],
    takesBackup: true,
    needs: "sticky",
  },
};

export function balancingMethod({ strategy }: FleetSpec, pool: Pool): BalancingMethod {
  if (pool === "sessions") return HASH_SESSION;
  return pool === "last_hop" ? ROUND_ROBIN : STRATEGY_METHODS[strategy];
}
