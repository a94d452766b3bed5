import { type Checked, refused } from "@flotilla/common/checked";
import { decodeUtf8 } from "@flotilla/inference/parse-json";
import { escapeControls } from "../screen/escape-controls.ts";

/** The body of a request: a JSON object as it is, so that no number changes, and anything else as a text. */
export async function readBody(options: {
  /** "-": what the stream has. */
  readonly argument: string;
  readonly input: () => ReadableStream<Uint8Array>;
  readonly limitBytes: number;
}): Promise<Checked<string>> {
  const { argument, input, limitBytes } = options;
  const text =
    argument === "-"
      ? await readText(input(), limitBytes)
      : ({ ok: true, value: argument } as const);
  const body = text.ok ? toBody(text.value) : text;
  if (!body.ok) return body;
  return Buffer.byteLength(body.value) > limitBytes ? tooLong(limitBytes) : body;
}

function toBody(text: string): Checked<string> {
  if (!text.trimStart().startsWith("{")) {
    return { ok: true, value: JSON.stringify({ text }) };
  }
  try {
    JSON.parse(text);
    return { ok: true, value: text };
  } catch (error) {
    const why = escapeControls((error as Error).message);
    return refused(
      `TEXT begins as a JSON object and is none (${why}); mend: correct it, or write a text that begins so as {"text": "{…"}`,
    );
  }
}

/** Less the end of the last line, which `echo` adds. */
async function readText(
  input: ReadableStream<Uint8Array>,
  limitBytes: number,
): Promise<Checked<string>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of input) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limitBytes) return tooLong(limitBytes);
  }
  const text = decodeUtf8(Buffer.concat(chunks));
  return text.ok
    ? { ok: true, value: text.value.replace(/\r?\n$/, "") }
    : refused("standard input is not UTF-8");
}

function tooLong(limitBytes: number) {
  return refused(`a request may have ${limitBytes} bytes at most (body_limit_bytes)`);
}
