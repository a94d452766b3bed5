/** What of a call's stream is needed to know whether its client reads. */
interface AnswerStream {
  on(event: "drain" | "cancelled", listener: () => void): unknown;
}

/** Answers of a client that sends and does not read would pile up here: the next turn waits until it reads. */
export function awaitReader(stream: AnswerStream): {
  /** After a write that found no room. */
  reads(): Promise<void>;
  /** Nobody waits any more. */
  stop(): void;
} {
  let stopped = false;
  let wake = () => {};
  const stop = () => {
    stopped = true;
    wake();
  };
  stream.on("drain", () => wake());
  stream.on("cancelled", stop);
  return {
    async reads() {
      if (stopped) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      await promise;
    },
    stop,
  };
}
