import { waitUntil } from "@flotilla/testkit/wait-until";
import type { Finding } from "./conversation-checker.ts";
import type { Held } from "./hold-conversations.ts";
import { SUM } from "./turn-client.ts";

/** Reads every conversation from the store, and compares its turns with those that were answered. */
export async function compareWithStore(
  httpUrl: string,
  held: readonly Held[],
): Promise<ReadonlyMap<Held, Finding>> {
  const findings = new Map<Held, Finding>();
  for (const one of held) {
    const finding = one.checker.stored(await storedTurns(httpUrl, one.session));
    if (finding !== undefined) findings.set(one, finding);
  }
  return findings;
}

async function storedTurns(httpUrl: string, session: string): Promise<number> {
  return await waitUntil(`the store tells of ${session}`, async () => {
    const answer = await fetch(`${httpUrl}/sessions/${session}?model=${SUM}`);
    if (answer.status === 404) return 0;
    return answer.ok && ((await answer.json()) as { readonly turns: number }).turns;
  });
}
