import pino from "pino";
import type { Settings } from "./settings.ts";

export type Logger = pino.Logger;

/** JSON lines on standard output; control characters of any field arrive escaped. */
export function createLogger(options: {
  readonly level: Settings["log_level"];
  readonly fields: Readonly<Record<string, string>>;
}): Logger {
  return pino({
    level: options.level,
    base: options.fields,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}
