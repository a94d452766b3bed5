import type { Connection, Question } from "./outcome.ts";
import type { Recorder } from "./tally.ts";

/** Nobody asks a server that has just refused them again in the same millisecond. */
const REFUSED_PAUSE_MS = 50;

/**
 * Asks one question after the other on every connection, `thinkMs` apart, until it is told to stop; stopped when the last one has
 * ended, so that one that hangs is not lost.
 */
export function runClosedLoop(options: {
  readonly connections: readonly Connection[];
  readonly recorder: Recorder;
  readonly nextQuestion: () => Question;
  readonly thinkMs: number;
}): { stop(): Promise<void> } {
  const { connections, recorder, nextQuestion, thinkMs } = options;
  let stopping = false;
  const clients = connections.map(async (connection) => {
    while (!stopping) {
      const begin = performance.now();
      const outcome = await connection.ask(nextQuestion());
      recorder.record(outcome, performance.now() - begin);
      const pauseMs = outcome.kind === "good" ? thinkMs : Math.max(thinkMs, REFUSED_PAUSE_MS);
      if (pauseMs > 0) await Bun.sleep(pauseMs);
    }
  });
  return {
    async stop() {
      stopping = true;
      await Promise.all(clients);
    },
  };
}
