import type { LocalReplica } from "@flotilla/common/local-fleet";

/** Long, because a replica that is only slow is better kept: readiness itself costs it microseconds. */
const TIMEOUT_MS = 2_000;

/** Undefined: ready. Else why not, in a few words. */
export async function probeReplica({ host, httpPort }: LocalReplica): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await fetch(`http://${host}:${httpPort}/health/ready`, { signal });
    const body = await answer.text();
    return answer.ok ? undefined : `not ready: ${statusOf(body) ?? answer.status}`;
  } catch (error) {
    const slow = (error as Error).name === "TimeoutError";
    return slow ? `no answer within ${TIMEOUT_MS} ms` : "it cannot be reached";
  }
}

function statusOf(body: string): string | undefined {
  return /"status":"([a-z]{1,20})"/.exec(body)?.[1];
}
