/** What of a call's stream is needed to read its messages. */
interface MessageStream<Message> {
  on(event: "data", listener: (message: Message) => void): unknown;
  on(event: "end" | "cancelled", listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/**
 * A client's messages, one at a time: the next is read from the connection when the one before is done with. By hand,
 * because a stream's own async iterator never hears that the client has ended its side.
 */
export function readMessages<Message>(stream: MessageStream<Message>): {
  /** Undefined: the client has ended its side, or has gone. */
  next(): Promise<Message | undefined>;
  /** No message comes any more, whatever the client does. */
  stop(): void;
} {
  const waiting: Message[] = [];
  let ended = false;
  let wake = () => {};
  const end = () => {
    ended = true;
    wake();
  };
  stream.on("data", (message) => {
    waiting.push(message);
    stream.pause();
    wake();
  });
  stream.on("end", end);
  stream.on("cancelled", end);
  return {
    async next() {
      while (waiting.length === 0 && !ended) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        stream.resume();
        await promise;
      }
      return waiting.shift();
    },
    stop: end,
  };
}
