import { lookup } from "node:dns/promises";
import type { Logger } from "@flotilla/common/logger";
import type { ReplicaHost } from "@flotilla/common/parse-replica-hosts";
import type { RemoteAddress } from "./remote-members.ts";

/** How long a look waits for a name; what comes later is for the looks after it. */
const PATIENCE_MS = 1_000;

interface Entry {
  addresses: readonly string[];
  /** A lookup that is under way: a server of names that is down takes its time, and is asked once at a time. */
  asked: Promise<void> | undefined;
  problem: string | undefined;
}

/** Where each name leads, as far as one knows: of a name that is not resolved, where it led before. */
export function createAddressBook(options: {
  readonly logger: Logger;
  /** All addresses of a name; it throws where the name leads nowhere. For tests. */
  readonly resolve?: ((name: string) => Promise<readonly string[]>) | undefined;
}): (host: ReplicaHost) => Promise<readonly RemoteAddress[]> {
  const { logger, resolve = resolveAll } = options;
  const entries = new Map<ReplicaHost, Entry>();

  async function ask(host: string, entry: Entry): Promise<void> {
    let problem: string | undefined;
    try {
      entry.addresses = await resolve(host);
    } catch (error) {
      // No news: a server of names that is down ends no replica.
      const { code, message } = error as NodeJS.ErrnoException;
      problem = code ?? message;
    }
    // Once, and not with each look.
    if (problem !== entry.problem) {
      if (problem === undefined) logger.info(`${host}: the name is resolved now`);
      else
        logger.warn(`${host}: the name is not resolved (${problem}); it is asked again and again`);
    }
    entry.problem = problem;
    entry.asked = undefined;
  }

  return async (replicaHost) => {
    const { host, httpPort } = replicaHost;
    const entry = entries.get(replicaHost) ?? {
      addresses: [],
      asked: undefined,
      problem: undefined,
    };
    entries.set(replicaHost, entry);
    entry.asked ??= ask(host, entry);
    await Promise.race([entry.asked, Bun.sleep(PATIENCE_MS)]);
    return entry.addresses.map((address) => ({
      host: address,
      httpPort,
      grpcPort: httpPort + 1,
    }));
  };
}

async function resolveAll(name: string): Promise<readonly string[]> {
  const found = await lookup(name, { all: true });
  return found.map(({ address }) => address);
}
