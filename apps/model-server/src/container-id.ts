import { resolvePtr } from "node:dns/promises";
import { networkInterfaces } from "node:os";

const TIMEOUT_MS = 1_000;

/**
 * What a replica calls itself with `SERVER_ID=auto`: `server-2`, where its container is the second of a Compose
 * service, whose DNS tells the container's name; elsewhere its address.
 */
export async function containerId(
  options: {
    readonly address?: string | undefined;
    readonly namesOf?: (address: string) => Promise<readonly string[]>;
  } = {},
): Promise<string> {
  const { address = ownAddress(), namesOf = pointersOf } = options;
  if (address === undefined) return "server-1";
  const none: readonly string[] = [];
  const names = await Promise.race([
    namesOf(address).catch(() => none),
    Bun.sleep(TIMEOUT_MS).then(() => none),
  ]);
  // Clouds name a host after its address: its last number is no container's.
  const containers = names.filter((name) => !name.includes(address.replaceAll(".", "-")));
  const number = containers
    .map((name) => /^[^.]+[-_](\d{1,9})(?:\.|$)/.exec(name)?.[1])
    .find(Boolean);
  return number === undefined ? address.replaceAll(":", "-") : `server-${number}`;
}

/** Not `reverse`: that finds the address in /etc/hosts, with the container's id. */
function pointersOf(address: string): Promise<readonly string[]> {
  return resolvePtr(`${address.split(".").toReversed().join(".")}.in-addr.arpa`);
}

function ownAddress(): string | undefined {
  return Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .find(({ internal }) => !internal)?.address;
}
