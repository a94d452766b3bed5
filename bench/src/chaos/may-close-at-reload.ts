/**
 * Whether this NGINX closes idle kept-alive connections at a reload, even one on which a client's next request is on
 * its way. From 1.27.4 on `keepalive_min_timeout` leaves a connection open that was just used.
 */
export function mayCloseAtReload(nginxVersion: string): boolean {
  const [major = 0, minor = 0, patch = 0] = nginxVersion.split(".").map(Number);
  return major * 1e6 + minor * 1e3 + patch < 1_027_004;
}
