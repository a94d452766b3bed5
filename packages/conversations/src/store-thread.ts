const CLOSE_MS = 2_000;

/** A thread that a store owns: it ends when it is told to, and says when it ends otherwise. */
export interface StoreThread<Message> {
  send(message: Message): void;
  /** `close` is its last message; waits until the thread has ended, for a while. */
  close(close: Message): Promise<void>;
}

export function startThread<Message, Answer>(options: {
  readonly script: string;
  readonly onAnswer: (answer: Answer) => void;
  readonly onDeath: (reason: string) => void;
}): StoreThread<Message> {
  const { script, onAnswer, onDeath } = options;
  const worker = new Worker(script);
  const ended = Promise.withResolvers<void>();
  let closing = false;
  const end = (reason: string) => {
    ended.resolve();
    if (closing) return;
    closing = true;
    onDeath(reason);
  };
  // A store alone keeps no process alive.
  worker.unref();
  worker.onmessage = ({ data }: MessageEvent<Answer>) => onAnswer(data);
  worker.onerror = ({ message }) => end(message);
  worker.addEventListener("close", () => end("it ended"));
  return {
    send: (message) => worker.postMessage(message),
    async close(close) {
      closing = true;
      worker.postMessage(close);
      await Promise.race([ended.promise, Bun.sleep(CLOSE_MS)]);
    },
  };
}
