import { escapeControls } from "./escape-controls.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface FormattedLine {
  readonly level: LogLevel;
  /** No control characters in it. */
  readonly text: string;
}

/** Said elsewhere on the line, or the same on all of them. */
const LEFT_OUT = new Set(["level", "time", "msg", "server_id", "pid", "hostname"]);

/** One line that a process printed: a JSON log line as its message and fields, anything else as it is. */
export function formatLogLine(line: string): FormattedLine {
  const record = parseRecord(line);
  if (record === undefined) return { level: "info", text: escapeControls(line.trimEnd()) };
  const fields = Object.entries(record)
    .filter(([name, value]) => !LEFT_OUT.has(name) && value !== null)
    .map(([name, value]) => `${name}=${formatValue(value)}`);
  const text = [record["msg"] ?? "", ...fields].join(" ").trim();
  return { level: levelOf(record["level"]), text: escapeControls(text) };
}

function parseRecord(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // it only looked like it
  }
}

/** Words that need no quotes stand without them; of an error its message is enough for a screen. */
function formatValue(value: unknown): string {
  if (typeof value === "string" && /^[\w./:@-]+$/.test(value)) return value;
  if (typeof value === "object" && value !== null && "message" in value) {
    return JSON.stringify(value.message);
  }
  return JSON.stringify(value);
}

function levelOf(level: unknown): LogLevel {
  switch (level) {
    case "debug":
    case "warn":
    case "error":
      return level;
    case "fatal":
      return "error";
    default:
      return "info";
  }
}
