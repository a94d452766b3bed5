import type { ProcessEnd, ProcessLine } from "./start-process.ts";

const LINES = 10;
const LINE_LENGTH = 500;

/** What a process wrote last to standard error, or why it was killed: what is told of its end. */
export interface LastWords {
  hear(line: ProcessLine): void;
  /** It is killed for this reason. */
  killed(reason: string): void;
  /** "ended with exit code 2: models/x/model.yaml:1: …"; from then on the next process is heard. */
  tell(end: ProcessEnd): string;
}

export function createLastWords(): LastWords {
  let lines: string[] = [];
  return {
    hear({ from, text }) {
      const said = text.trim().slice(0, LINE_LENGTH);
      // A line that only points at the one above it says nothing here.
      if (from === "stderr" && /\w/.test(said)) lines.push(said);
      if (lines.length > LINES) lines.shift();
    },
    killed(reason) {
      lines.push(reason);
    },
    tell(end) {
      const told = lines.length === 0 ? howItEnded(end) : `${howItEnded(end)}: ${lines.join("; ")}`;
      lines = [];
      return told;
    },
  };
}

/** "ended with exit code 2", "was ended by SIGKILL". */
export function howItEnded({ code, signal }: ProcessEnd): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}
