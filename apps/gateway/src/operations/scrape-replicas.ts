import type { LocalReplica } from "@flotilla/common/local-fleet";
import { urlHost } from "../url-host.ts";

const TIMEOUT_MS = 1_000;

/** The metrics page of each replica that answers in time. */
export async function scrapeReplicas(
  replicas: readonly LocalReplica[],
): Promise<ReadonlyMap<string, string>> {
  const pages = await Promise.all(
    replicas.map(async (replica) => [replica.id, await scrape(replica)] as const),
  );
  return new Map(pages.filter((page): page is readonly [string, string] => page[1] !== undefined));
}

async function scrape({ host, httpPort }: LocalReplica): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await fetch(`http://${urlHost(host)}:${httpPort}/metrics`, { signal });
    return answer.ok ? await answer.text() : undefined;
  } catch {
    return undefined; // the metrics count it
  }
}
