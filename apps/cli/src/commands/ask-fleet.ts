import { type Checked, refused } from "@flotilla/common/checked";

/** JSON from a running fleet; without one, a sentence that says so. */
export async function askFleet<T>(url: string): Promise<Checked<T>> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    if (answer.ok) return { ok: true, value: (await answer.json()) as T };
    return refused(`${url} answered ${answer.status}`);
  } catch (error) {
    const { name, message } = error as Error;
    return name === "TimeoutError"
      ? refused(`${url} does not answer`)
      : refused(`no fleet answers at ${url}; start one with: flotilla dev (${message})`);
  }
}
