import { describe, expect, test } from "bun:test";
import type { Outcome } from "@flotilla/common/failure";
import { waitUntil } from "@flotilla/testkit/wait-until";
import fc from "fast-check";
import {
  answered,
  type PendingRun,
  startDispatcher,
  valuesOf,
  WORKER_MODEL,
} from "../test/start-dispatcher.ts";
import type { InferenceAnswer } from "./inference-request.ts";
import type { WorkerModel } from "./worker/worker-protocol.ts";

const values = (run: PendingRun | undefined) => run?.parts.map(valuesOf);

describe("the dispatcher", () => {
  test("runs a lone request at once, within its model's time", async () => {
    const { dispatcher, runs, infer } = startDispatcher();
    const answer = infer([7]);
    expect(runs).toHaveLength(1);
    expect(dispatcher.inFlight).toBe(1);
    expect(runs[0]?.runTimeoutMs).toBe(5_000);

    runs[0]?.complete();
    expect(answered(await answer)).toEqual([7]);
    expect(dispatcher.inFlight).toBe(0);
  });

  test("gathers what arrives during a run into the next batch, and answers each with its own", async () => {
    const { runs, run, batches, infer } = startDispatcher();
    const answers = [[1], [2], [3, 4], [5], [6]].map((request) => infer(request));
    expect(values(runs[0])).toEqual([[1]]);

    runs[0]?.complete();
    expect(values(await run(1))).toEqual([[2], [3, 4], [5]]);
    runs[1]?.complete();
    expect(values(await run(2))).toEqual([[6]]);
    runs[2]?.complete();

    expect((await Promise.all(answers)).map(answered)).toEqual([[1], [2], [3, 4], [5], [6]]);
    expect(
      batches.map(({ model, rows, queueSeconds }) => [model, rows, queueSeconds.length]),
    ).toEqual([
      ["echo", 1, 1],
      ["echo", 4, 3],
      ["echo", 1, 1],
    ]);
  });

  describe("after requests that shared a batch", () => {
    async function afterThree(companyMs: number) {
      const started = startDispatcher({ companyMs });
      const { runs, run, infer } = started;
      const answers = [[0], [1], [2], [3]].map((request) => infer(request));
      runs[0]?.complete();
      (await run(1)).complete();
      await Promise.all(answers);
      expect(runs.map(values)).toEqual([[[0]], [[1], [2], [3]]]);
      return started;
    }

    test("begins the next when as many have come", async () => {
      const { runs, infer } = await afterThree(60_000);
      for (const request of [[4], [5]]) void infer(request);
      await new Promise(setImmediate);
      expect(runs).toHaveLength(2);

      void infer([6]);
      expect(values(runs[2])).toEqual([[4], [5], [6]]);
    });

    test("waits for them once, and then for nobody", async () => {
      const { runs, run, infer } = await afterThree(1);
      const lone = infer([4]);
      expect(runs).toHaveLength(2);
      (await run(2)).complete();
      expect(answered(await lone)).toEqual([4]);

      void infer([5]);
      expect(values(runs[3])).toEqual([[5]]);
    });

    test("lets one that runs alone wait for nobody", async () => {
      const { runs, infer } = await afterThree(60_000);
      void infer([4], { alone: true });

      expect(values(runs[2])).toEqual([[4]]);
    });
  });

  test("cuts a request that is larger than a batch, and joins its answers in order", async () => {
    const { runs, run, infer } = startDispatcher();
    const answer = infer([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(values(runs[0])).toEqual([[1, 2, 3, 4]]);
    runs[0]?.complete();
    (await run(1)).complete();
    (await run(2)).complete();

    expect(answered(await answer)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test("runs a batch that fails again one by one, so that only the guilty request fails", async () => {
    const { runs, run, infer } = startDispatcher();
    const first = infer([0]);
    const [before, guilty, after] = [infer([1]), infer([666]), infer([2])];
    runs[0]?.complete();
    (await run(1)).fail("index out of range");
    expect(values(await run(2))).toEqual([[1]]);
    runs[2]?.complete();
    (await run(3)).fail("index out of range");
    (await run(4)).complete();

    expect(answered(await first)).toEqual([0]);
    expect(answered(await before)).toEqual([1]);
    expect(await guilty).toMatchObject({ failure: { kind: "inference-failed" } });
    expect(JSON.stringify(await guilty)).not.toContain("index");
    expect(answered(await after)).toEqual([2]);
  });

  test("runs a request alone that may have ended another replica, and answers it if it hangs", async () => {
    const { runs, run, infer } = startDispatcher();
    const first = infer([0]);
    const [before, suspect, after] = [infer([1]), infer([2], { alone: true }), infer([3])];
    runs[0]?.complete();
    expect(values(await run(1))).toEqual([[1], [3]]);
    runs[1]?.complete();
    (await run(2)).hang();

    expect(await suspect).toMatchObject({ failure: { kind: "inference-failed" } });
    expect([await first, await before, await after].map(answered)).toEqual([[0], [1], [3]]);
  });

  test("does not run the rest of a request once a part of it has failed", async () => {
    const { runs, dispatcher, infer } = startDispatcher();
    const answer = infer([1, 2, 3, 4, 5]);
    runs[0]?.fail("no memory");

    expect(answered(await answer)).toBe("inference-failed");
    await waitUntil("nothing in flight", () => dispatcher.inFlight === 0);
    const next = infer([9]);
    runs[1]?.complete();
    expect(answered(await next)).toEqual([9]);
    expect(runs.map(values)).toEqual([[[1, 2, 3, 4]], [[9]]]);
  });

  test("answers a batch of 0 without a run", async () => {
    const { runs, infer } = startDispatcher();

    expect(answered(await infer([]))).toEqual([]);
    expect(answered(await infer([], { input: { kind: "inputs", inputs: [] } }))).toBe(
      "invalid-input",
    );
    expect(runs).toEqual([]);
  });

  test("keeps requests apart where the model does not mix them", async () => {
    const { runs, run, infer } = startDispatcher({ models: [{ ...WORKER_MODEL, mixes: false }] });
    const answers = [infer([1]), infer([2]), infer([3])];
    runs[0]?.complete();
    (await run(1)).complete();
    (await run(2)).complete();

    await Promise.all(answers);
    expect(runs.map(values)).toEqual([[[1]], [[2]], [[3]]]);
  });
});

describe("a request that nobody waits for any more", () => {
  test("is answered when its deadline passes in the queue, and no inference runs for it", async () => {
    const { runs, run, clock, infer } = startDispatcher();
    const running = infer([1]);
    const waiting = infer([2], { deadlineMs: clock.now + 50 });
    const behind = infer([3]);
    clock.now += 50;

    expect(answered(await waiting)).toBe("deadline-exceeded");
    runs[0]?.complete();
    expect(answered(await running)).toEqual([1]);
    (await run(1)).complete();
    await behind;
    expect(runs.map(values)).toEqual([[[1]], [[3]]]);
  });

  test("is answered when its deadline passes in its run, whose answer is then dropped", async () => {
    const { dispatcher, runs, clock, infer } = startDispatcher();
    const answer = infer([1], { deadlineMs: clock.now + 50 });
    clock.now += 50;

    expect(answered(await answer)).toBe("deadline-exceeded");
    expect(dispatcher.inFlight).toBe(0);
    runs[0]?.complete();
    const next = infer([2]);
    await waitUntil("the next run", () => runs.length === 2);
    runs[1]?.complete();
    expect(answered(await next)).toEqual([2]);
  });

  test("never runs when its client leaves the queue", async () => {
    const { runs, infer, run } = startDispatcher();
    const leaving = new AbortController();
    const running = infer([1]);
    const waiting = infer([2], { signal: leaving.signal });
    const behind = infer([3]);
    leaving.abort();
    runs[0]?.complete();
    (await run(1)).complete();

    expect(answered(await waiting)).toBe("cancelled");
    await Promise.all([running, behind]);
    expect(runs.map(values)).toEqual([[[1]], [[3]]]);
  });

  test("is not even queued", async () => {
    const { runs, clock, infer } = startDispatcher();

    expect(answered(await infer([1], { deadlineMs: clock.now - 1 }))).toBe("deadline-exceeded");
    expect(answered(await infer([1], { signal: AbortSignal.abort() }))).toBe("cancelled");
    expect(runs).toEqual([]);
  });
});

describe("an overloaded dispatcher", () => {
  const slow: WorkerModel = { ...WORKER_MODEL, costs: [{ rows: 1, length: 1, ms: 450 }] };

  test("refuses at once what the queue has no room for", async () => {
    const { infer } = startDispatcher({ limits: { queueLimit: 2 } });
    const waiting = [infer([1]), infer([2]), infer([3])];

    expect(await infer([4])).toMatchObject({ failure: { kind: "queue-full", retryAfterS: 1 } });
    expect(waiting).toHaveLength(3);
  });

  test("refuses at once what would wait too long, and says when to come again", async () => {
    const { dispatcher, infer } = startDispatcher({
      models: [slow],
      limits: { maxQueueMs: 1_000 },
    });
    const waiting = [infer([1]), infer([2]), infer([3])];

    expect(await infer([4])).toMatchObject({ failure: { kind: "queue-full", retryAfterS: 2 } });
    expect(dispatcher.inFlight).toBe(waiting.length);
  });

  test("refuses at once what would be past its deadline before its turn", async () => {
    const { clock, infer } = startDispatcher({ models: [slow] });
    const running = infer([1]);

    expect(await infer([2], { deadlineMs: clock.now + 100 })).toMatchObject({
      failure: { kind: "queue-full", retryAfterS: 1 },
    });
    expect(running).toBeInstanceOf(Promise);
  });
});

describe("an idle model", () => {
  test("is probed after a second, which counts as nobody's request", async () => {
    const { dispatcher, runs, batches, clock, run } = startDispatcher();
    clock.now += 1_000;
    expect((await run(0)).parts).toEqual([{ kind: "sample" }]);
    expect(dispatcher.inFlight).toBe(0);

    clock.now += 5;
    runs[0]?.complete();
    await waitUntil("a new answer", () => dispatcher.health()[0]?.lastInferenceAt === clock.now);
    expect(dispatcher.health()).toMatchObject([{ name: "echo", version: 1, ready: true }]);
    expect(batches).toEqual([]);
  });

  test("whose probe fails is not ready and refuses requests, until a probe succeeds", async () => {
    const { dispatcher, clock, infer, run } = startDispatcher();
    clock.now += 1_000;
    (await run(0)).fail("no memory");
    await waitUntil("not ready", () => dispatcher.health()[0]?.ready === false);
    expect(dispatcher.health()[0]?.error).toBe("its probe failed: no memory");
    expect(answered(await infer([1]))).toBe("not-ready");

    (await run(1)).complete();
    await waitUntil("ready", () => dispatcher.health()[0]?.ready);
    const answer = infer([1]);
    (await run(2)).complete();
    expect(answered(await answer)).toEqual([1]);
  });

  test("that stops answering is not ready within 5 s, and refuses requests", async () => {
    const { dispatcher, clock, infer, run } = startDispatcher();
    clock.now += 1_000;
    await run(0);
    clock.now += 3_001;

    expect(dispatcher.health()).toMatchObject([{ ready: false, error: "no answer for 4001 ms" }]);
    expect(answered(await infer([1]))).toBe("not-ready");
  });

  test("is probed before all that waits", async () => {
    const { dispatcher, runs, clock, infer, run } = startDispatcher();
    const forever = { deadlineMs: Number.POSITIVE_INFINITY };
    const answers = [infer([1], forever), infer([2], forever)];
    await waitUntil("a probe that got no answer", () => {
      clock.now += 500;
      return dispatcher.health()[0]?.ready === false;
    });

    runs[0]?.complete();
    expect((await run(1)).parts).toEqual([{ kind: "sample" }]);
    runs[1]?.complete();
    (await run(2)).complete();
    expect((await Promise.all(answers)).map(answered)).toEqual([[1], [2]]);
  });
});

describe("whatever happens", () => {
  const step = fc.oneof(
    fc.record({
      do: fc.constant("ask" as const),
      rows: fc.integer({ min: 0, max: 10 }),
      guilty: fc.constantFrom(false, false, false, true),
      withinMs: fc.constantFrom(1, 20, 10_000),
    }),
    fc.record({ do: fc.constant("end a run" as const), badly: fc.boolean() }),
    fc.record({ do: fc.constant("leave" as const), which: fc.nat(20) }),
    fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 15 }) }),
  );

  interface Asked {
    readonly own: readonly number[];
    readonly guilty: boolean;
    readonly deadlineMs: number;
    readonly leaving: AbortController;
    outcomes: Outcome<InferenceAnswer>[];
  }

  test("each request is answered once, with its own rows or with why not, and none runs in vain", async () => {
    const asked: Asked[] = [];
    const owners = new Map<number, Asked>();
    const { dispatcher, runs, clock, infer } = startDispatcher({
      limits: { queueLimit: 8 },
      onRun(parts) {
        for (const value of parts.flatMap(valuesOf)) {
          const { leaving, deadlineMs } = owners.get(value) as Asked;
          if (leaving.signal.aborted || deadlineMs <= clock.now) throw new Error("ran in vain");
        }
      },
    });
    let ended = 0;

    const ask = (rows: number, guilty: boolean, withinMs: number) => {
      const own = Array.from({ length: rows }, (_, row) => owners.size + row);
      const [leaving, deadlineMs] = [new AbortController(), clock.now + withinMs];
      const one: Asked = { own, guilty: guilty && rows > 0, deadlineMs, leaving, outcomes: [] };
      for (const value of own) owners.set(value, one);
      asked.push(one);
      const answer = infer(own, { deadlineMs, signal: leaving.signal });
      void answer.then((outcome) => one.outcomes.push(outcome));
    };
    const endRun = async (badly: boolean) => {
      const run = runs[ended];
      if (run === undefined) return;
      ended += 1;
      const isGuilty = run.parts.flatMap(valuesOf).some((value) => owners.get(value)?.guilty);
      if (isGuilty || (badly && run.parts.length > 1)) run.fail("no");
      else run.complete();
      await new Promise(setImmediate);
    };
    const take = async (next: typeof step extends fc.Arbitrary<infer T> ? T : never) => {
      switch (next.do) {
        case "ask":
          return ask(next.rows, next.guilty, next.withinMs);
        case "end a run":
          return await endRun(next.badly);
        case "leave":
          return asked.at(-1 - next.which)?.leaving.abort();
        case "wait":
          clock.now += next.ms;
      }
    };
    const explain = ({ own, guilty, leaving, deadlineMs, outcomes }: Asked) => {
      const [answer, ...more] = outcomes.map(answered);
      expect(more).toEqual([]);
      if (answer === "cancelled") expect(leaving.signal.aborted).toBe(true);
      else if (answer === "deadline-exceeded") expect(deadlineMs).toBeLessThanOrEqual(clock.now);
      else if (answer === "inference-failed") expect(guilty).toBe(true);
      else if (answer !== "queue-full") expect([answer, guilty]).toEqual([own, false]);
    };

    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        for (const next of steps) await take(next);
        while (ended < runs.length) await endRun(false);
        expect(dispatcher.inFlight).toBe(0);
        for (const one of asked.splice(0)) explain(one);
      }),
    );
    // The steps are random, and so is how many of them run something: mostly some hundreds.
    expect(runs.length).toBeGreaterThan(20);
  });
});
