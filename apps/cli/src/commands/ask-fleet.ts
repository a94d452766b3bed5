import type { Checked } from "@flotilla/common/checked";
import { escapeControls } from "../screen/escape-controls.ts";

export interface FleetRequest {
  readonly method?: "GET" | "POST" | "PUT";
  /** Sent as JSON. */
  readonly body?: object;
  readonly timeoutMs?: number;
}

/** Where it is not ok: the HTTP status, if there was an answer, and what the fleet says is wrong. */
export type FleetAnswer<T> = Checked<T> & { readonly status?: number };

const ANSWER_TIMEOUT_MS = 5_000;

/** JSON from a running fleet; without one, a sentence that says so. */
export async function askFleet<T>(
  url: string,
  request: FleetRequest = {},
): Promise<FleetAnswer<T>> {
  const { method = "GET", body, timeoutMs = ANSWER_TIMEOUT_MS } = request;
  try {
    const answer = await fetch(url, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      signal: AbortSignal.timeout(timeoutMs),
      // Bun's own limit of five minutes without a byte.
      timeout: false,
    });
    const { status } = answer;
    if (answer.ok) return { ok: true, value: (await answer.json()) as T };
    return { ok: false, problems: await problemsOf(answer), status };
  } catch (error) {
    return { ok: false, problems: [noAnswer(url, { error, timeoutMs })] };
  }
}

/** Why a request has no answer, as a sentence. */
export function noAnswer(
  url: string,
  { error, timeoutMs }: { readonly error: unknown; readonly timeoutMs: number },
): string {
  const { name, code, message } = error as NodeJS.ErrnoException;
  if (name === "TimeoutError") return `${url} does not answer within ${timeoutMs / 1_000} s`;
  return code === "ECONNRESET"
    ? `${url} broke off before it answered; mend: see with \`flotilla status\` what the fleet does`
    : `no fleet answers at ${url} (${code ?? message}); mend: start one with \`bun run dev\`, or name its port`;
}

/** What an answer that is no success says. */
export async function problemsOf(answer: Response): Promise<readonly string[]> {
  const isProblem = answer.headers.get("content-type") === "application/problem+json";
  const lines = isProblem ? problemLines(await answer.json()) : [];
  return lines.length > 0 ? lines : [`${answer.url} answered ${answer.status}`];
}

/** The detail of problem details, and on a line of its own each of its `problems` that the detail does not name. */
export function problemLines(body: unknown): readonly string[] {
  const { detail, problems = [] } = body as {
    readonly detail?: string;
    readonly problems?: readonly string[];
  };
  if (detail === undefined) return [];
  return [detail, ...problems.filter((one) => !detail.includes(one))].map(escapeControls);
}
