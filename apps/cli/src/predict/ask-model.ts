import { type Checked, refused } from "@flotilla/common/checked";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { noAnswer, problemLines, problemsOf } from "../commands/ask-fleet.ts";
import { escapeControls } from "../screen/escape-controls.ts";

export interface ModelQuestion {
  readonly url: string;
  /** JSON. */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How long to wait for the whole answer. */
  readonly timeoutMs: number;
  /** Gets a reply's pieces while it is made; they are provisional. */
  readonly onToken?: ((text: string) => void) | undefined;
}

export interface ModelAnswer {
  /** JSON. */
  readonly body: string;
  /** Where the time went; a stream does not tell. */
  readonly timing: string | null;
  readonly ms: number;
}

/** An answer, as one text or as the last of a stream's events. */
export async function askModel(question: ModelQuestion): Promise<Checked<ModelAnswer>> {
  const { url, body, headers, timeoutMs, onToken } = question;
  const start = performance.now();
  try {
    const answer = await fetch(url, {
      method: "POST",
      body,
      headers: {
        ...headers,
        "content-type": "application/json",
        accept: onToken ? "text/event-stream" : "application/json",
      },
      signal: AbortSignal.timeout(timeoutMs),
      // Bun's own limit of five minutes without a byte.
      timeout: false,
    });
    if (!answer.ok) return refused(...(await problemsOf(answer)), ...idLine(answer));
    const read = isStream(answer)
      ? await readEvents(answer, onToken)
      : ({ ok: true, value: await answer.text() } as const);
    if (!read.ok) return refused(...read.problems, ...idLine(answer));
    const ms = performance.now() - start;
    const timing = answer.headers.get("server-timing");
    return { ok: true, value: { body: read.value, timing, ms } };
  } catch (error) {
    return refused(noAnswer(url, { error, timeoutMs }));
  }
}

function isStream(answer: Response): boolean {
  return answer.headers.get("content-type")?.startsWith("text/event-stream") === true;
}

async function readEvents(
  answer: Response,
  onToken: ModelQuestion["onToken"],
): Promise<Checked<string>> {
  const events = answer.body
    ?.pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  for await (const { event, data } of events ?? []) {
    if (event === "done") return { ok: true, value: data };
    if (event === "error") return refused(...problemLines(JSON.parse(data)));
    if (event === "token") onToken?.(String(JSON.parse(data).text));
  }
  return refused("the answer broke off before its end; mend: ask again");
}

/** By which the fleet's log knows the request. */
function idLine({ headers }: Response): readonly string[] {
  const id = headers.get("x-request-id");
  return id === null ? [] : [escapeControls(`request id: ${id}`)];
}
