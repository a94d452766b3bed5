import { isIP } from "node:net";

/**
 * Whether a web page of somebody else's makes a browser send this: the operations port has no password, and a browser
 * on its host reaches it. A page whose name is led to this address (DNS rebinding) has that name as its own origin, so
 * only an address or `localhost` counts as ours.
 */
export function isFromWebPage({ headers }: Request): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return true;
  const origin = headers.get("origin");
  if (origin === null) return false;
  const url = URL.parse(origin);
  if (url === null || url.host !== headers.get("host")) return true;
  const name = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return isIP(name) === 0 && name !== "localhost";
}
