import type { Outcome } from "@flotilla/common/failure";
import { problemBody, problemResponse } from "@flotilla/common/problem-response";

/** Below the ten and more seconds after which Bun, proxies and clients take a silent stream for dead. */
const HEARTBEAT_MS = 5_000;

/**
 * Server-sent events: `token` `{"text"}` for each piece, then `done` with the whole answer, or `error` with the
 * problem. What fails before the first token is answered with the problem's own status.
 */
export async function eventStream(options: {
  readonly headers: Readonly<Record<string, string>>;
  /** Gives the body of `done`; never rejects. */
  readonly run: (onToken: (text: string) => void) => Promise<Outcome<string>>;
}): Promise<Response> {
  const { headers } = options;
  const pieces: string[] = [];
  let write: ((event: string) => void) | undefined;
  const began = Promise.withResolvers<void>();
  const outcome = options.run((text) => {
    const event = formatEvent("token", JSON.stringify({ text }));
    if (write === undefined) pieces.push(event);
    else write(event);
    began.resolve();
  });
  const first = await Promise.race([outcome, began.promise]);
  if (first !== undefined && !first.ok) return problemResponse(first.failure, headers);

  const bytes = new TextEncoder();
  let timer: Timer | undefined;
  let left = false;
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      write = (event) => controller.enqueue(bytes.encode(event));
      for (const piece of pieces) write(piece);
      timer = setInterval(() => write?.(": still there\n\n"), HEARTBEAT_MS);
      const ended = await outcome;
      clearInterval(timer);
      if (left) return;
      write(
        ended.ok
          ? formatEvent("done", ended.value)
          : formatEvent("error", JSON.stringify(problemBody(ended.failure, headers))),
      );
      controller.close();
    },
    cancel() {
      // The client has gone: its request's signal tells the engine.
      left = true;
      write = () => {};
      clearInterval(timer);
    },
  });
  return new Response(body, {
    headers: {
      ...headers,
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      // NGINX would hold the tokens back until they fill a buffer.
      "x-accel-buffering": "no",
    },
  });
}

function formatEvent(name: string, data: string): string {
  return `event: ${name}\ndata: ${data}\n\n`;
}
