export interface HttpAnswer {
  readonly status: number;
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Where it ends in the bytes. */
  readonly end: number;
}

const LINE_END = "\r\n";

/** One HTTP/1.1 answer at the beginning of `bytes`; throws where that cannot become one. */
export function readAnswer(bytes: Buffer): HttpAnswer | "incomplete" {
  const headEnd = bytes.indexOf(LINE_END + LINE_END);
  if (headEnd === -1) return "incomplete";
  const [statusLine = "", ...lines] = bytes.toString("latin1", 0, headEnd).split(LINE_END);
  const status = Number(/^HTTP\/1\.1 (\d{3})(?: |$)/.exec(statusLine)?.[1]);
  if (!status) throw new Error(`not a status line: ${JSON.stringify(statusLine.slice(0, 80))}`);
  const headers = Object.fromEntries(lines.map(readHeader));
  const body = readBody(bytes, headEnd + 4, headers);
  return body === "incomplete" ? body : { status, headers, ...body };
}

function readHeader(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

type Body = Pick<HttpAnswer, "body" | "end"> | "incomplete";

function readBody(bytes: Buffer, start: number, headers: HttpAnswer["headers"]): Body {
  if (headers["transfer-encoding"] === "chunked") return readChunks(bytes, start);
  const length = Number(headers["content-length"] ?? Number.NaN);
  if (Number.isNaN(length)) throw new Error("an answer with neither a length nor chunks");
  const end = start + length;
  return bytes.length < end ? "incomplete" : { body: bytes.toString("utf8", start, end), end };
}

function readChunks(bytes: Buffer, start: number): Body {
  const chunks: Buffer[] = [];
  let at = start;
  for (;;) {
    const sizeEnd = bytes.indexOf(LINE_END, at);
    if (sizeEnd === -1) return "incomplete";
    const size = Number.parseInt(bytes.toString("latin1", at, sizeEnd), 16);
    if (Number.isNaN(size)) throw new Error("a chunk without a size");
    const chunk = sizeEnd + LINE_END.length;
    at = chunk + size + LINE_END.length;
    if (bytes.length < at) return "incomplete";
    if (size === 0) return { body: Buffer.concat(chunks).toString("utf8"), end: at };
    chunks.push(bytes.subarray(chunk, chunk + size));
  }
}
