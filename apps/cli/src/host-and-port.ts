/** Where to reach a listener of this machine: an address for "all of them" is none to connect to. */
export function reachableHost(host: string): string {
  if (host === "0.0.0.0" || host === "") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

/** As a URL writes it: an IPv6 address in brackets. */
export function hostAndPort(host: string, port: number): string {
  const reachable = reachableHost(host);
  return reachable.includes(":") ? `[${reachable}]:${port}` : `${reachable}:${port}`;
}
