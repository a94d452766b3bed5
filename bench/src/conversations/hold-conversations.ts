import { waitUntil } from "@flotilla/testkit/wait-until";
import { PROTOCOLS, type Protocol } from "../load/load-protocol.ts";
import { grpcTurns } from "./grpc-turns.ts";
import { httpTurns } from "./http-turns.ts";
import { type Seen, startConversation } from "./start-conversation.ts";

export interface Held extends Seen {
  readonly protocol: Protocol;
}

export interface Holding {
  /** Until so many further turns have been answered. */
  further(turns: number): Promise<void>;
  /** Lets each conversation come to its number of turns, and ends it. */
  finish(): Promise<readonly Held[]>;
}

const CONNECT = { http: httpTurns, grpc: grpcTurns } as const;
/** A client whose turns fail again and again gives up. */
const FAILURES_LIMIT = 20;
const FAILED_PAUSE_MS = 50;

/**
 * Holds conversations with a model that adds, equally many over each protocol: turn after turn, each checked against
 * the conversation's own history. Half of them name their turns with keys; the rest rely on NGINX.
 */
export function holdConversations(options: {
  /** "host:port" by protocol; one that is not there is left alone. */
  readonly addresses: Readonly<Partial<Record<Protocol, string>>>;
  readonly conversations: number;
  /** Each has so many at least, and as many more as there is time for. */
  readonly turnsAtLeast: number;
  /** Between an answer and the next turn. */
  readonly thinkMs: number;
}): Holding {
  const { addresses, conversations, turnsAtLeast, thinkMs } = options;
  const places = PROTOCOLS.flatMap((protocol) => {
    const address = addresses[protocol];
    return address === undefined ? [] : [{ protocol, connect: () => CONNECT[protocol](address) }];
  });
  const run = crypto.randomUUID().slice(0, 8);
  let finishing = false;
  let total = 0;

  const hold = async ({ protocol, connect }: (typeof places)[number], number: number) => {
    const conversation = startConversation({
      session: `${run}-${protocol}-${number}`,
      client: connect(),
      withKeys: number % 2 === 0,
    });
    const { seen } = conversation;
    // Not all in the same moment.
    await Bun.sleep(Math.random() * thinkMs);
    while (!(finishing && seen.turns >= turnsAtLeast) && seen.failures.length < FAILURES_LIMIT) {
      const isAnswered = await conversation.takeTurn();
      if (isAnswered) total += 1;
      const pauseMs = isAnswered ? thinkMs : Math.max(thinkMs, FAILED_PAUSE_MS);
      if (pauseMs > 0) await Bun.sleep(pauseMs);
    }
    conversation.close();
    return { protocol, ...seen } satisfies Held;
  };

  const all = places.flatMap((place) =>
    Array.from({ length: conversations / places.length }, (_, number) => hold(place, number)),
  );
  return {
    async further(turns) {
      const wanted = total + turns;
      await waitUntil(`${turns} further turns`, () => total >= wanted);
    },
    async finish() {
      finishing = true;
      return await Promise.all(all);
    },
  };
}
