import { describe, expect, test } from "bun:test";
import { createEntry, type Entry } from "./entry.ts";
import { createRequestQueue } from "./request-queue.ts";

const POLICY = { maxRows: 8, predictMs: () => 10 };

function entry(options: { readonly deadlineMs?: number; readonly signal?: AbortSignal } = {}) {
  return createEntry({
    model: 0,
    part: { kind: "inputs", inputs: [{ text: "a" }] },
    alone: false,
    maxLength: 128,
    deadlineMs: options.deadlineMs ?? 10_000,
    signal: options.signal,
    predictMs: POLICY.predictMs,
  });
}

function queue(limits: { readonly queueLimit?: number; readonly maxQueueMs?: number } = {}) {
  const made = createRequestQueue({ queueLimit: 4, maxQueueMs: 1_000, ...limits });
  const admit = (entries: readonly Entry[], estimatedWaitMs = 0) =>
    made.admit({ entries, estimatedWaitMs, elsewhere: 0, now: 0 });
  return {
    ...made,
    admit,
    take: () => made.takeBatch(() => POLICY),
    backlog: () => made.backlogMs,
  };
}

describe("the queue", () => {
  test("gives what waits as batches, the oldest first", () => {
    const { admit, take } = queue();
    const all = [entry(), entry(), entry()];
    admit(all);

    expect(take()).toEqual(all);
    expect(take()).toEqual([]);
  });

  test("takes a request with all its parts or not at all, and says when to come again", () => {
    const { admit, take } = queue();
    const first = [entry(), entry()];
    expect(admit(first).ok).toBe(true);

    expect(admit([entry(), entry(), entry()], 2_500)).toEqual({
      ok: false,
      failure: {
        kind: "queue-full",
        detail: "overloaded: the queue holds its limit of 4; try again later",
        retryAfterS: 3,
      },
    });
    expect(take()).toEqual(first);
  });

  test("refuses a wait over max_queue_ms, or over half of what the deadline leaves", () => {
    const { admit } = queue();

    expect(admit([entry()], 1_000).ok).toBe(true);
    expect(admit([entry()], 1_001)).toMatchObject({
      failure: {
        kind: "queue-full",
        detail: expect.stringContaining("the estimated wait of 1001 ms is over the limit of 1000"),
        retryAfterS: 2,
      },
    });
    expect(admit([entry({ deadlineMs: 100 })], 51)).toMatchObject({
      failure: { kind: "queue-full", retryAfterS: 1 },
    });
    expect(admit([entry({ deadlineMs: 100 })], 50).ok).toBe(true);
  });

  test("knows what its backlog would cost, one at a time", () => {
    const { admit, take, backlog } = queue();
    admit([entry(), entry(), entry()]);
    expect(backlog()).toBe(30);

    take();
    expect(backlog()).toBe(0);
  });

  test("runs each part of a batch that failed alone, before all that came later", () => {
    const { admit, take, putBack } = queue();
    const failedOnce = [entry(), entry()];
    const later = [entry(), entry()];
    admit(failedOnce);
    take();
    admit(later);
    putBack(failedOnce);

    expect([take(), take(), take()]).toEqual([[failedOnce[0]], [failedOnce[1]], later] as never);
  });

  test("puts a probe before everything, its limit notwithstanding", () => {
    const { admit, take, putFirst } = queue({ queueLimit: 1 });
    admit([entry()]);
    const probe = { ...entry(), alone: true };
    putFirst(probe);

    expect(take()).toEqual([probe]);
  });

  test("answers and forgets whose deadline has come or whose client has left", async () => {
    const { admit, take, dropDead, backlog } = queue();
    const leaving = new AbortController();
    const late = entry({ deadlineMs: 50 });
    const left = entry({ signal: leaving.signal });
    const alive = entry({ deadlineMs: 51 });
    admit([late, left, alive]);
    leaving.abort();
    dropDead(50);

    expect(await late.answer).toMatchObject({ failure: { kind: "deadline-exceeded" } });
    expect(await left.answer).toMatchObject({ failure: { kind: "cancelled" } });
    expect(backlog()).toBe(10);
    expect(take()).toEqual([alive]);
  });
});
