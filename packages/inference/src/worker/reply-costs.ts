import { type CostSample, createCostTable } from "../cost-table.ts";
import { concatRows } from "../instances.ts";
import { initialState } from "../state.ts";
import { type Conversation, tokenInputs } from "../tasks/conversation.ts";
import type { SessionModel } from "./load-model.ts";
import { quickest } from "./warm-up.ts";

/**
 * A turn costs its prompt and, run by run, its reply, of which nobody knows how long it will be: half of what it may
 * be, until the table has learnt from real ones. And as many may talk at once as would come to their ends within half
 * of run_timeout_ms if each of them talked for as long as it may: a slow run ends the replica.
 */
export async function replyCosts(options: {
  readonly loaded: SessionModel;
  readonly conversation: Conversation;
  readonly prompts: readonly CostSample[];
}): Promise<{ readonly costs: readonly CostSample[]; readonly maxBatch: number }> {
  const { loaded, conversation, prompts } = options;
  const { maxTokens } = conversation;
  const tokens: CostSample[] = [];
  const row = {
    ...tokenInputs([conversation.encode("").slice(0, 1)]),
    ...initialState(loaded.model.state),
  };
  for (const rows of new Set(prompts.map((prompt) => prompt.rows))) {
    const inputs = concatRows(new Array<typeof row>(rows).fill(row));
    tokens.push({ rows, length: 1, ms: await quickest(() => loaded.run(inputs)) });
  }
  const tokenMs = (rows: number) => createCostTable(tokens).predictMs(rows, 1);
  const costs = prompts.map(({ rows, length, ms }) => {
    return { rows, length, ms: ms + tokenMs(rows) * Math.ceil(maxTokens / 2) };
  });
  let { maxBatch } = loaded.model;
  const longestMs = loaded.source.runTimeoutMs / 2;
  while (maxBatch > 1 && tokenMs(maxBatch) * maxTokens > longestMs) maxBatch -= 1;
  return { costs, maxBatch };
}
