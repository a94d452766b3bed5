import { block } from "./block.ts";
import type { FleetSpec } from "./fleet-spec.ts";

/** Who the client is behind the proxies that are trusted: all that hashes an address then hashes that one. */
export function renderTrustedProxies({ trustedProxies }: FleetSpec): readonly string[] {
  if (trustedProxies.length === 0) return [];
  return [
    "# The client is the last address in x-forwarded-for that is none of these; nobody else's x-forwarded-for counts.",
    ...trustedProxies.map((network) => `set_real_ip_from ${network};`),
    "real_ip_header X-Forwarded-For;",
    "real_ip_recursive on;",
    "# What a replica gets as x-forwarded-for ends with the proxy that was here. NGINX's own variable for that would",
    "# append the client a second time.",
    ...block(`map $http_x_forwarded_for ${OWN_CHAIN}`, [
      '"" $realip_remote_addr;',
      'default "$http_x_forwarded_for, $realip_remote_addr";',
    ]),
    "",
  ];
}

const OWN_CHAIN = "$flotilla_forwarded_for";

/** The addresses that a request came through, the last one as NGINX itself saw it. */
export function forwardedFor({ trustedProxies }: FleetSpec): string {
  return trustedProxies.length === 0 ? "$proxy_add_x_forwarded_for" : OWN_CHAIN;
}
