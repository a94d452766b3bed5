import { describe, expect, test } from "bun:test";
import { waitUntil } from "@flotilla/testkit/wait-until";
import { answered, MODEL, startDispatcher, WORKER_MODEL } from "../test/start-dispatcher.ts";
import type { InferenceRequest } from "./inference-request.ts";
import type { BatchPart, WorkerModel } from "./worker/worker-protocol.ts";

const STATE = {
  input: "s",
  output: "t",
  datatype: "FP32",
  shape: [1],
  initial: 0,
  bytes: 4,
} as const;

describe("a reply", () => {
  const chat: WorkerModel = {
    ...WORKER_MODEL,
    model: { ...MODEL, name: "chat", task: "conversation", state: [STATE] },
  };
  const start = (more: Partial<WorkerModel> = {}) => {
    const started = startDispatcher({ models: [{ ...chat, ...more }] });
    const ask = (text: string, more: Partial<InferenceRequest> = {}) =>
      started.infer([], {
        model: "chat",
        input: { kind: "turn", question: { kind: "inputs", inputs: [{ text }] }, state: undefined },
        ...more,
      });
    return { ...started, ask };
  };

  test("is told to those who listen to it, and to nobody else", async () => {
    const { ask, run } = start();
    const heard: string[] = [];
    const answers = [
      ask("first"),
      ask("quiet"),
      ask("listening", { onToken: (piece) => heard.push(piece) }),
    ];
    const [first, second] = [await run(0), run(1)];
    first.complete();
    const { listened, say, complete } = await second;
    say(1, "a");
    say(1, " b");
    complete();
    await Promise.all(answers);

    expect([first.listened, listened]).toEqual([[], [1]]);
    expect(heard).toEqual(["a", " b"]);
  });

  test("that is made again after its batch has failed is not told twice, and is drawn as before", async () => {
    const { ask, run } = start();
    const heard: string[] = [];
    const answers = [ask("first"), ask("other")];
    answers.push(ask("mine", { onToken: (piece) => heard.push(piece) }));
    (await run(0)).complete();
    const failing = await run(1);
    failing.say(1, "one");
    failing.say(1, " two");
    failing.fail("no memory");
    (await run(2)).complete();
    const again = await run(3);
    for (const piece of ["o", "ne t", "wo three", " four"]) again.say(0, piece);
    again.complete();
    await Promise.all(answers);

    expect(heard.join("")).toBe("one two three four");
    expect(heard.slice(0, 2)).toEqual(["one", " two"]);
    expect(again.parts[0]).toEqual(failing.parts[1] as BatchPart);
    expect(again.parts[0]).toMatchObject({ sampling: { seed: expect.any(Number) } });
  });

  test("may take as long as a run may, and the model is still ready", async () => {
    const { dispatcher, clock, ask, run } = start({ runTimeoutMs: 1e9 });
    const other = startDispatcher();
    const forever = { deadlineMs: Number.POSITIVE_INFINITY };
    const answers = [ask("sing", forever), other.infer([1], forever)];
    await waitUntil("the other model, whose run takes as long, is not ready", () => {
      for (const one of [clock, other.clock]) one.now += 500;
      return other.dispatcher.health()[0]?.ready === false;
    });

    expect(dispatcher.health()).toMatchObject([{ ready: true }]);
    (await run(0)).complete();
    other.runs[0]?.complete();
    await Promise.all(answers);
    expect((await run(1)).parts).toEqual([{ kind: "sample" }]);
  });

  test("has the seed that it is given, and else one of its own each time", async () => {
    const { ask, run } = start();
    const seeds = [];
    for (const [at, sampling] of [{ seed: 7 }, {}, {}].entries()) {
      const question = { kind: "inputs", inputs: [{ text: "hm" }] } as const;
      const turn = { kind: "turn", question, state: undefined, sampling } as const;
      const answer = ask("", { input: turn });
      const { parts, complete } = await run(at);
      complete();
      await answer;
      seeds.push(parts[0]?.kind === "turn" ? parts[0].sampling?.seed : undefined);
    }

    expect(seeds[0]).toBe(7);
    expect(new Set(seeds).size).toBe(3);
  });

  test("goes on for the others when one client leaves, and when another's stream breaks", async () => {
    const { ask, run } = start();
    const leaving = new AbortController();
    const heard: Record<string, string> = { left: "", broken: "", stayed: "" };
    const listen = (who: string) => (piece: string) => {
      heard[who] += piece;
      if (who === "broken") throw new Error("the stream is closed");
    };
    const first = ask("first");
    const left = ask("left", { onToken: listen("left"), signal: leaving.signal });
    const others = ["broken", "stayed"].map((who) => ask(who, { onToken: listen(who) }));
    (await run(0)).complete();
    const { say, complete } = await run(1);
    for (const position of [0, 1, 2]) say(position, "a");
    leaving.abort();
    expect(answered(await left)).toBe("cancelled");
    for (const position of [0, 1, 2]) say(position, "b");
    complete();

    expect((await Promise.all([first, ...others])).map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(heard).toEqual({ left: "a", broken: "a", stayed: "ab" });
  });
});
