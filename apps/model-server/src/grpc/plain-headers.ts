import type { IncomingHttpHeaders } from "node:http2";

const TYPES: ReadonlySet<string | undefined> = new Set([
  "application/grpc",
  "application/grpc+proto",
]);

const TIMEOUT = /^(\d{1,8})([HMSmun])$/;
const UNIT_MS: ReadonlyMap<string | undefined, number> = new Map([
  ["H", 3_600_000],
  ["M", 60_000],
  ["S", 1_000],
  ["m", 1],
  ["u", 0.001],
  ["n", 0.000_001],
]);

/** Nothing is faulty that grpc-js would have an answer to, and the message is not compressed. */
export function arePlain(headers: IncomingHttpHeaders): boolean {
  const encoding = headers["grpc-encoding"] ?? "identity";
  const timeout = headers["grpc-timeout"] ?? "1S";
  return (
    TYPES.has(headers["content-type"]) &&
    encoding === "identity" &&
    typeof timeout === "string" &&
    TIMEOUT.test(timeout)
  );
}

/** Of plain headers, in milliseconds of `Date.now()`; infinite where the client says none. */
export function deadlineOf(headers: IncomingHttpHeaders): number {
  const timeout = headers["grpc-timeout"];
  if (timeout === undefined) return Number.POSITIVE_INFINITY;
  const [, amount, unit] = TIMEOUT.exec(String(timeout)) ?? [];
  return Date.now() + Math.floor(Number(amount) * (UNIT_MS.get(unit) ?? 0));
}
