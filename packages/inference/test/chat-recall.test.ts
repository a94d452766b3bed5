import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { CHAT } from "@flotilla/testkit/shared-models";
import type { Tensors } from "../src/tensor.ts";
import { loadModels } from "./load-models.ts";
import { startTestEngine } from "./start-test-engine.ts";

setDefaultTimeout(120_000);

/** Its last turn asks for what an earlier one told, `between` turns before. */
interface Dialogue {
  readonly measure: string;
  readonly between: number;
  readonly turns: readonly string[];
  readonly expect: string;
}

const AT_ONCE = 64;
/** By the turns between. A little below what README.md says: another processor may round otherwise. */
const FLOORS = { 2: 0.94, 5: 0.93, 10: 0.83 } as const;

async function recallDialogues(): Promise<readonly Dialogue[]> {
  const text = await Bun.file(join(CHAT, "training/held-out.jsonl")).text();
  const lines = text.trim().split("\n");
  return lines
    .map((line): Dialogue => JSON.parse(line))
    .filter(({ measure, between }) => measure === "recall" && between in FLOORS);
}

async function startChat() {
  const { turn } = await startTestEngine({ links: { chat: CHAT } });
  const lastReply = async ({ turns }: Dialogue) => {
    let state: Tensors | undefined;
    let reply = "";
    for (const text of turns) {
      const output = await turn("chat", text, { state });
      const [said] = output.kind === "predictions" ? output.predictions : [];
      reply = said?.kind === "reply" ? said.text : "";
      state = output.state;
    }
    return reply;
  };
  const lastReplies = async (dialogues: readonly Dialogue[]) => {
    const replies: string[] = [];
    for (let start = 0; start < dialogues.length; start += AT_ONCE) {
      replies.push(...(await Promise.all(dialogues.slice(start, start + AT_ONCE).map(lastReply))));
    }
    return replies;
  };
  return { lastReply, lastReplies };
}

/** The share of the replies that say what was told, by the turns between. */
function recall(dialogues: readonly Dialogue[], replies: readonly string[]) {
  const knows = dialogues.map(({ expect: told }, at) =>
    wordsOf(replies[at]).includes(wordsOf(told)),
  );
  return Object.keys(FLOORS).map((between) => {
    const own = knows.filter((_, at) => dialogues[at]?.between === Number(between));
    return own.filter(Boolean).length / own.length;
  });
}

/** Whole words only: `Ann` is not in `Anna`. */
function wordsOf(text = ""): string {
  return ` ${(text.match(/[\p{L}\p{N}']+/gu) ?? []).join(" ")} `;
}

describe("the committed chat model", async () => {
  const dialogues = await recallDialogues();

  test("knows what it was told 2, 5 and 10 turns ago, in dialogues that it was not trained on", async () => {
    const { lastReplies } = await startChat();
    const shares = recall(dialogues, await lastReplies(dialogues));
    process.stdout.write(
      `chat: recall over ${Object.keys(FLOORS)} turns: ${shares.map((share) => (100 * share).toFixed(1))} %\n`,
    );

    expect(dialogues.length).toBe(450);
    for (const [at, floor] of Object.values(FLOORS).entries()) {
      expect(shares[at]).toBeGreaterThanOrEqual(floor);
    }
  });

  test("knows nothing when its state is lost before the question", async () => {
    const { lastReplies } = await startChat();
    const questions = dialogues.map((one) => ({ ...one, turns: one.turns.slice(-1) }));
    const shares = recall(dialogues, await lastReplies(questions));

    expect(Math.max(...shares)).toBeLessThanOrEqual(0.02);
  });

  test("shares runs, and says the same alone", async () => {
    const { models } = await loadModels({ links: { chat: CHAT } });
    const { lastReply, lastReplies } = await startChat();
    const some = dialogues.filter((_, at) => at % 15 === 0);
    const alone = [];
    for (const one of some) alone.push(await lastReply(one));

    expect(models.map(({ mixes }) => mixes)).toEqual([true]);
    expect(await lastReplies(some)).toEqual(alone);
  });
});
