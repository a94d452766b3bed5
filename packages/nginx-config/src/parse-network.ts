import { isIPv4, isIPv6 } from "node:net";

/**
 * An IP address, or a network in CIDR notation, as NGINX reads it. One whose address has bits past its prefix is
 * neither: NGINX warns of it, and 10.0.0.7/8 may be meant for one host as well as for sixteen million.
 */
export function parseNetwork(text: string): string | undefined {
  const [, written = "", prefix] = /^([0-9A-Fa-f.:]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const address = isIPv4(written) ? written : isIPv6(written) ? usualIpv6(written) : undefined;
  if (address === undefined) return undefined;
  if (prefix === undefined) return address;
  const bits = bitsOf(address);
  const length = Number(prefix);
  if (length > bits.length || bits.includes("1", length)) return undefined;
  return `${address}/${length}`;
}

/** NGINX knows no rarities such as 0:0:0:0:0:0:0::; the URL has none, nor an IPv4 address at the end. */
export function usualIpv6(address: string): string | undefined {
  return URL.parse(`http://[${address}]`)?.hostname.slice(1, -1);
}

function bitsOf(address: string): string {
  if (isIPv4(address)) return toBits({ numbers: address.split("."), radix: 10, width: 8 });
  const [before = [], after = []] = address.split("::").map((it) => it.split(":").filter(Boolean));
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  return toBits({ numbers: [...before, ...zeros, ...after], radix: 16, width: 16 });
}

function toBits(options: {
  readonly numbers: readonly string[];
  readonly radix: number;
  readonly width: number;
}): string {
  const { numbers, radix, width } = options;
  return numbers
    .map((number) => Number.parseInt(number, radix).toString(2).padStart(width, "0"))
    .join("");
}
