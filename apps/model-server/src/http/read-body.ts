import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { failed, type Outcome, success } from "@flotilla/common/failure";
import type { Settings } from "@flotilla/common/settings";

export type BodyLimits = Pick<Settings, "body_limit_bytes" | "body_timeout_ms">;

/** The bytes of a request's body, unzipped, within every limit that a body has. */
export async function readBody(request: Request, limits: BodyLimits): Promise<Outcome<Uint8Array>> {
  const encoding = request.headers.get("content-encoding") ?? "identity";
  if (encoding !== "identity" && encoding !== "gzip") {
    return failed("unsupported-media-type", "the content-encoding must be gzip or none");
  }
  const sent = await readBytes(request, limits);
  return sent.ok && encoding === "gzip" ? await unzip(sent.value, limits) : sent;
}

async function readBytes(request: Request, limits: BodyLimits): Promise<Outcome<Uint8Array>> {
  const length = request.headers.get("content-length");
  if (length !== null && Number(length) > limits.body_limit_bytes) return tooLarge(limits);
  const { promise: tooSlow, resolve } = Promise.withResolvers<Outcome<never>>();
  const timer = setTimeout(
    () => resolve(failed("body-timeout", `the body took over ${limits.body_timeout_ms} ms`)),
    limits.body_timeout_ms,
  );
  try {
    const bytes = length === null ? readChunks(request, limits) : readWhole(request);
    return await Promise.race([bytes, tooSlow]);
  } catch {
    return failed("cancelled", "the client went away while it sent the body");
  } finally {
    clearTimeout(timer);
  }
}

async function readWhole(request: Request): Promise<Outcome<Uint8Array>> {
  return success(await request.bytes());
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
