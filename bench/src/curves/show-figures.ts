import { thousands } from "../compare/show-round.ts";

export function perSecond(value: number): string {
  return `${thousands(value)}/s`;
}

/** As many digits as mean something. */
export function short(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return "–";
  return value >= 10 ** digits ? thousands(value) : String(Number(value.toPrecision(digits)));
}

export function milliseconds(value: number): string {
  return `${short(value)} ms`;
}

export function microseconds(ms: number): string {
  return `${short(ms * 1000)} µs`;
}

export function percent(share: number): string {
  return `${short(share * 100, 2)} %`;
}

/** "1 KB", by steps of 1,000. */
export function bytes(value: number): string {
  const units = ["B", "KB", "MB", "GB"];
  const step = Math.max(0, Math.min(units.length - 1, Math.floor(Math.log10(Math.abs(value)) / 3)));
  return Number.isFinite(step) ? `${short(value / 1000 ** step)} ${units[step]}` : "0 B";
}
