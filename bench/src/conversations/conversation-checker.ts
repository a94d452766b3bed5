import type { TurnAnswer } from "./turn-client.ts";

/** What may be wrong with an answer, by what the conversation's own history says. */
export const FAULTS = ["lost", "twice", "out of order", "other's"] as const;
export type Fault = (typeof FAULTS)[number];

export interface Finding {
  readonly fault: Fault;
  readonly detail: string;
}

/** What its client knows of a conversation. */
export interface ConversationChecker {
  /** Turns that the store should have. */
  readonly turns: number;
  /** An answer to the turn that added `x`. */
  answered(x: number, answer: TurnAnswer): Finding | undefined;
  /** The turn that added `x` got no answer: it may have been taken, or not. */
  unanswered(x: number): void;
  /** At the end, what the store holds. */
  stored(turns: number): Finding | undefined;
}

interface Past {
  readonly turns: number;
  readonly sum: number;
}

/** Turns without an answer, one after the other, of which the client keeps every possibility. */
const PASTS_LIMIT = 64;

/**
 * Every turn adds a number that no other turn adds, so a sum says which turns it is made of. After a fault it goes on
 * from what the answer says: one fault is found once.
 */
export function conversationChecker(session: string): ConversationChecker {
  /** The last one is the likeliest. */
  let pasts: readonly Past[] = [{ turns: 0, sum: 0 }];
  const sums = new Set([0]);
  let last = 0;

  const likeliest = () => pasts.at(-1) ?? { turns: 0, sum: 0 };
  const goOn = (x: number, { turn, sum }: TurnAnswer) => {
    pasts = [{ turns: turn, sum }];
    sums.add(sum);
    last = x;
  };
  const judge = (x: number, answer: TurnAnswer): Fault | undefined => {
    const before = answer.sum - x;
    if (answer.session !== session) return "other's";
    if (pasts.some(({ turns, sum }) => answer.turn === turns + 1 && before === sum)) {
      return undefined;
    }
    const { turns, sum } = likeliest();
    const doubled = before === sum + last || before === sum + x;
    if (!doubled && !sums.has(before)) return "other's";
    if (doubled || answer.turn > turns + 1) return "twice";
    if (answer.turn < turns + 1 || before === sum - last) return "lost";
    return "out of order";
  };

  return {
    get turns() {
      return likeliest().turns;
    },
    answered(x, answer) {
      const fault = judge(x, answer);
      const { turns, sum } = likeliest();
      const expected = `${session}: turn ${turns + 1} with ${sum + x}`;
      const got = `turn ${answer.turn} of ${answer.session} with ${answer.sum} from ${answer.server}`;
      goOn(x, answer);
      return fault && { fault, detail: `${expected} expected, ${got} answered` };
    },
    unanswered(x) {
      const taken = pasts.map(({ turns, sum }) => ({ turns: turns + 1, sum: sum + x }));
      for (const { sum } of taken) sums.add(sum);
      pasts = [...taken, ...pasts].slice(-PASTS_LIMIT);
    },
    stored(turns) {
      if (pasts.some((past) => past.turns === turns)) return undefined;
      const { turns: known } = likeliest();
      const detail = `${session}: ${known} turns answered, ${turns} in the store`;
      return { fault: turns < known ? "lost" : "twice", detail };
    },
  };
}
