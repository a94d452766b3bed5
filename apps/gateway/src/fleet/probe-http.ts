/** Undefined: ready. Else why not: the status that the replica tells, or what came of asking. */
export async function probeHttp(url: string, timeoutMs: number): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    const body = await answer.text();
    return answer.ok ? undefined : (statusOf(body) ?? `it answers ${answer.status}`);
  } catch (error) {
    const slow = (error as Error).name === "TimeoutError";
    return slow ? `no answer within ${timeoutMs} ms` : "it cannot be reached";
  }
}

function statusOf(body: string): string | undefined {
  return /"status":"([a-z]{1,20})"/.exec(body)?.[1];
}
