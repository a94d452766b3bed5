import type { Connection, Question } from "./outcome.ts";
import type { Recorder } from "./tally.ts";

const TICK_MS = 2;

/**
 * Asks `perSecond` questions a second, whether or not the answers keep up, as the world does. What it takes counts from
 * when a question was due, so that a slow server cannot make its own figures better by slowing its clients.
 */
export function runOpenLoop(options: {
  /** One for each question that may be open at once. */
  readonly connections: readonly Connection[];
  readonly recorder: Recorder;
  readonly nextQuestion: () => Question;
  readonly perSecond: number;
}): { stop(): Promise<void> } {
  const { recorder, nextQuestion, perSecond } = options;
  const free = [...options.connections];
  const open = new Set<Promise<void>>();
  const begin = performance.now();
  let asked = 0;

  const ask = async (dueMs: number) => {
    const connection = free.pop();
    if (connection === undefined) {
      recorder.record({ kind: "broken", detail: "the load has no connection left" }, 0);
      return;
    }
    const outcome = await connection.ask(nextQuestion());
    recorder.record(outcome, performance.now() - dueMs);
    free.push(connection);
  };
  const timer = setInterval(() => {
    for (const now = performance.now(); ; asked++) {
      const dueMs = begin + (asked * 1000) / perSecond;
      if (dueMs > now) return;
      const one = ask(dueMs).finally(() => open.delete(one));
      open.add(one);
    }
  }, TICK_MS);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
    },
  };
}
