import { escapeControls } from "./escape-controls.ts";
import { formatLogLine, type LogLevel } from "./format-log-line.ts";

/** All that `flotilla dev` shows; nothing here decides anything. */
export interface Screen {
  /** What the supervisor does. */
  step(text: string): void;
  /** Something that somebody should know of. */
  warn(text: string): void;
  /** Several lines, apart from the rest. */
  block(lines: readonly string[]): void;
  /** A line that one of the processes printed. */
  log(name: string, line: string): void;
}

/** As wide as the names of replicas, so that the lines stand below each other. */
const NAME_WIDTH = 9;

const RESET = "\u001b[0m";
const BOLD = "\u001b[1m";
const DIM = "\u001b[2m";
const RED = "\u001b[31m";
const YELLOW = "\u001b[33m";
const NAME_COLOURS = [32, 34, 35, 36, 92, 94, 95, 96].map((code) => `\u001b[${code}m`);
const LEVEL_COLOURS: Readonly<Record<LogLevel, string>> = {
  debug: DIM,
  info: "",
  warn: YELLOW,
  error: RED,
};

export function createScreen(options: {
  readonly write: (text: string) => void;
  readonly colours: boolean;
}): Screen {
  const { write, colours } = options;
  const paint = (colour: string, text: string) =>
    colours && colour !== "" ? `${colour}${text}${RESET}` : text;
  const line = (prefix: string, text: string) => write(`${prefix} ${text}\n`);
  const colourOf = new Map<string, string>();
  const namePrefix = (name: string) => {
    const colour = colourOf.get(name) ?? NAME_COLOURS[colourOf.size % NAME_COLOURS.length] ?? "";
    colourOf.set(name, colour);
    return paint(colour, `${name.padEnd(NAME_WIDTH)}│`);
  };
  const own = paint(BOLD, `${"flotilla".padEnd(NAME_WIDTH)}│`);
  return {
    step: (text) => line(own, escapeControls(text)),
    warn: (text) => line(own, paint(YELLOW, escapeControls(text))),
    block: (lines) => write(`${["", ...lines.map(escapeControls), ""].join("\n")}\n`),
    log(name, text) {
      const formatted = formatLogLine(text);
      const level = formatted.level === "info" ? "" : `${formatted.level}: `;
      line(namePrefix(name), paint(LEVEL_COLOURS[formatted.level], `${level}${formatted.text}`));
    },
  };
}
