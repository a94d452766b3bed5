import {
  type ConversationChecker,
  conversationChecker,
  type Finding,
} from "./conversation-checker.ts";
import type { TurnClient } from "./turn-client.ts";

/** What a conversation's client saw. */
export interface Seen {
  readonly session: string;
  readonly checker: ConversationChecker;
  readonly turns: number;
  /** Answers that NGINX got from a further replica. */
  readonly retried: number;
  /** Turns whose kept-alive connection was closed without a byte. */
  readonly closed: number;
  readonly findings: readonly Finding[];
  readonly failures: readonly string[];
  readonly tookMs: readonly number[];
}

/** Sums stay exact in JSON. */
const X_LIMIT = 2 ** 31;

/** A conversation with a model that adds: each answer is checked against the conversation's own history. */
export function startConversation(options: {
  readonly session: string;
  readonly client: TurnClient;
  /** Turns are named by their client; else NGINX names them. */
  readonly withKeys: boolean;
}) {
  const { session, client, withKeys } = options;
  const checker = conversationChecker(session);
  const seen = {
    session,
    checker,
    turns: 0,
    retried: 0,
    closed: 0,
    findings: [] as Finding[],
    failures: [] as string[],
    tookMs: [] as number[],
  };
  return {
    seen: seen as Seen,
    /** Whether it was answered. */
    async takeTurn(): Promise<boolean> {
      const x = 1 + Math.floor(Math.random() * X_LIMIT);
      const headers: Record<string, string> = withKeys ? { "idempotency-key": `${x}` } : {};
      const begin = performance.now();
      const outcome = await client.take({ session, x, headers });
      seen.tookMs.push(performance.now() - begin);
      if (outcome.kind !== "answered") {
        checker.unanswered(x);
        if (outcome.kind === "closed") seen.closed += 1;
        else seen.failures.push(`${session}: ${outcome.detail}`);
        return false;
      }
      seen.turns += 1;
      if (outcome.retried) seen.retried += 1;
      const finding = checker.answered(x, outcome.answer);
      if (finding !== undefined) seen.findings.push(finding);
      return true;
    },
    close: client.close,
  };
}
