import { print } from "../print.ts";
import { installPeers } from "./install-peers.ts";
import { PEERS } from "./peers.ts";

/** `bun run bench install-peers [NAME…]`: puts the peers into `bench/.peers`; a full benchmark does so, too. */
export async function installCommand(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !PEERS.some((peer) => peer.name === name));
  if (unknown.length > 0) {
    print(`${unknown.join(", ")}: expected ${PEERS.map(({ name }) => name).join(", ")}`);
    return 2;
  }
  const peers = PEERS.filter(({ name }) => names.length === 0 || names.includes(name));
  const results = await installPeers({ peers, onProgress: print });
  return [...results.values()].every(({ ok }) => ok) ? 0 : 1;
}
