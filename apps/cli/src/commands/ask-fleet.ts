import { type Checked, refused } from "@flotilla/common/checked";

const TIMEOUT_MS = 5_000;

/** JSON from a running fleet; without one, a sentence that says so. */
export async function askFleet<T>(url: string): Promise<Checked<T>> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (answer.ok) return { ok: true, value: (await answer.json()) as T };
    return refused(`${url} answered ${answer.status}`);
  } catch (error) {
    const { name, code, message } = error as NodeJS.ErrnoException;
    return name === "TimeoutError"
      ? refused(`${url} does not answer within ${TIMEOUT_MS / 1_000} s`)
      : refused(
          `no fleet answers at ${url} (${code ?? message}); mend: start one with \`bun run dev\`, or name its port`,
        );
  }
}
