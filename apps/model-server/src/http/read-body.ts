import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { Settings } from "@flotilla/common/settings";

export type BodyLimits = Pick<Settings, "body_limit_bytes" | "body_timeout_ms">;

/** The bytes of a request's body, unzipped, within every limit that a body has. */
export function readBody(request: Request, limits: BodyLimits): Promise<Outcome<Uint8Array>> {
  const encoding = request.headers.get("content-encoding") ?? "identity";
  if (encoding !== "identity" && encoding !== "gzip") {
    const detail = "the content-encoding must be gzip or none";
    return Promise.resolve(failed("unsupported-media-type", detail));
  }
  const length = request.headers.get("content-length");
  if (length !== null && Number(length) > limits.body_limit_bytes) {
    return Promise.resolve(tooLarge(limits));
  }
  const bytes = length === null ? readChunks(request, limits) : request.bytes();
  const sent = withinTime(bytes, limits.body_timeout_ms);
  return encoding === "gzip"
    ? sent.then((zipped) => (zipped.ok ? unzip(zipped.value, limits) : zipped))
    : sent;
}

interface Reading {
  readonly since: number;
  readonly limitMs: number;
  readonly end: (outcome: Outcome<never>) => void;
}

/** Bodies that are being read. One timer for all: most are there at once, and a timer each would cost more than they. */
const readings = new Set<Reading>();
const SWEEP_MS = 50;
let sweeping: Timer | undefined;

function withinTime(
  bytes: Promise<Uint8Array | Outcome<Uint8Array>>,
  limitMs: number,
): Promise<Outcome<Uint8Array>> {
  return new Promise((resolve) => {
    const reading = { since: performance.now(), limitMs, end: resolve };
    readings.add(reading);
    sweeping ??= setInterval(sweep, SWEEP_MS);
    const end = (read: Uint8Array | Outcome<Uint8Array>) => {
      readings.delete(reading);
      resolve(read instanceof Uint8Array ? success(read) : read);
    };
    bytes.then(end, () => end(failed("cancelled", "the client went away while it sent the body")));
  });
}

function sweep(): void {
  const now = performance.now();
  for (const reading of readings) {
    const { since, limitMs, end } = reading;
    if (now - since < limitMs) continue;
    readings.delete(reading);
    end(failed("body-timeout", `the body took over ${limitMs} ms`));
  }
  if (readings.size > 0) return;
  clearInterval(sweeping);
  sweeping = undefined;
}

/** A chunked body does not say how long it is: count. */
async function readChunks(request: Request, limits: BodyLimits): Promise<Outcome<Uint8Array>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > limits.body_limit_bytes) return tooLarge(limits);
    chunks.push(chunk);
  }
  return success(Buffer.concat(chunks));
}

const gunzipAsync = promisify(gunzip);

/** zlib stops at the limit, so a bomb costs no more memory than an honest body. */
async function unzip(bytes: Uint8Array, limits: BodyLimits): Promise<Outcome<Uint8Array>> {
  try {
    return success(await gunzipAsync(bytes, { maxOutputLength: limits.body_limit_bytes }));
  } catch (error) {
    const tooLong =
      error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
    return tooLong ? tooLarge(limits) : failed("corrupt-encoding", "the body is not valid gzip");
  }
}

function tooLarge({ body_limit_bytes }: BodyLimits): Outcome<never> {
  return failed("too-large", `a body may have ${body_limit_bytes} bytes at most`);
}
