import { failed, type Outcome } from "@flotilla/common/failure";
import type { ConversationId } from "./session-store.ts";

interface Waiting {
  readonly id: ConversationId;
  /** Absolute, in milliseconds. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface TurnOrder {
  /** Runs it when every earlier turn of its conversation is over; where that takes too long, never. */
  next<T>(turn: Waiting, run: () => Promise<Outcome<T>>): Promise<Outcome<T>>;
}

/** Turns of one conversation run one after the other, in the order of their arrival; others do not wait for them. */
export function createTurnOrder(options: {
  /** Turns of one conversation that may wait. */
  readonly limit: number;
  readonly now: () => number;
}): TurnOrder {
  const { limit, now } = options;
  const queues = new Map<string, { last: Promise<unknown>; length: number }>();

  return {
    async next(turn, run) {
      const text = `${turn.id.model}\0${turn.id.session}`;
      const queue = queues.get(text) ?? { last: Promise.resolve(), length: 0 };
      if (queue.length > limit) {
        return failed(
          "queue-full",
          `${limit} turns of this conversation wait already; mend: send one at a time`,
          {
            retryAfterS: 1,
          },
        );
      }
      queues.set(text, queue);
      queue.length += 1;
      const comes = queue.last;
      const over = Promise.withResolvers<void>();
      queue.last = comes.then(() => over.promise);
      const leave = () => {
        over.resolve();
        queue.length -= 1;
        if (queue.length === 0) queues.delete(text);
      };
      const gaveUp = queue.length === 1 ? undefined : await waitFor(comes, turn, now);
      if (gaveUp !== undefined) {
        leave();
        return gaveUp;
      }
      try {
        return await run();
      } finally {
        leave();
      }
    },
  };
}

/** Undefined: it is this turn's turn. */
async function waitFor(
  comes: Promise<unknown>,
  { deadlineMs, signal }: Waiting,
  now: () => number,
) {
  const { promise: late, resolve } = Promise.withResolvers<"deadline" | "gone">();
  const timer = setTimeout(() => resolve("deadline"), Math.max(0, deadlineMs - now()));
  const onAbort = () => resolve("gone");
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  const first = await Promise.race([comes, late]);
  clearTimeout(timer);
  signal?.removeEventListener("abort", onAbort);
  if (first === "deadline") {
    return failed(
      "deadline-exceeded",
      "the deadline passed before the conversation's earlier turns were over",
    );
  }
  return first === "gone" ? failed("cancelled", "the client went away") : undefined;
}
