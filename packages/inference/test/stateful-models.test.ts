import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { constant, onnxModel, slowModel } from "@flotilla/testkit/onnx-builder";
import { accumulatorFiles } from "@flotilla/testkit/stateful-models";
import fc from "fast-check";
import type { InferenceOutput } from "../src/inference-request.ts";
import type { Tensor, Tensors } from "../src/tensor.ts";
import { loadModels } from "./load-models.ts";
import { startTestEngine } from "./start-test-engine.ts";

setDefaultTimeout(120_000);

function number(value: bigint, rows = 1): Tensor {
  const data = new BigInt64Array(rows).fill(value);
  return { datatype: "INT64", shape: [rows, 1], data };
}

function sumOf(output: InferenceOutput): unknown {
  return output.kind === "tensors" ? output.tensors["sum"]?.data[0] : undefined;
}

describe("a stateful model", () => {
  test("shows its state apart from what a client sends and gets", async () => {
    const { engine } = await startTestEngine({ files: accumulatorFiles("sum", { initial: 7 }) });

    expect(engine.models).toMatchObject([
      {
        task: "tensor",
        inputs: [{ name: "x" }],
        outputs: [{ name: "sum" }],
        state: [
          {
            input: "total",
            output: "next_total",
            datatype: "INT64",
            shape: [1, 1],
            initial: 7,
            bytes: 8,
          },
        ],
        batch: "dynamic",
      },
    ]);
  });

  test("begins with its initial state, and goes on from the one that it is given, exactly", async () => {
    const { turn } = await startTestEngine({ files: accumulatorFiles("sum", { initial: -1 }) });
    const first = await turn("sum", { x: number(2n ** 62n) });
    const second = await turn("sum", { x: number(1n) }, { state: first.state });

    expect(first).toEqual({
      kind: "tensors",
      tensors: { sum: number(2n ** 62n - 1n) },
      state: { total: number(2n ** 62n - 1n) },
    });
    expect(sumOf(second)).toBe(2n ** 62n);
    // Nothing of either turn is left in the model, nor in the state that the second was given.
    expect(first.state).toEqual({ total: number(2n ** 62n - 1n) });
    expect(await turn("sum", { x: number(2n ** 62n) })).toEqual(first);
  });

  test("may have a state of any numbers", async () => {
    const { turn } = await startTestEngine({
      files: {
        ...accumulatorFiles("doubles", { type: "FP64", initial: 0.25 }),
        ...accumulatorFiles("bytes", { type: "UINT8", initial: 200 }),
      },
    });
    const half: Tensor = { datatype: "FP64", shape: [1, 1], data: Float64Array.of(0.5) };
    const ten: Tensor = { datatype: "UINT8", shape: [1, 1], data: Uint8Array.of(10) };

    expect(sumOf(await turn("doubles", { x: half }))).toBe(0.75);
    expect(sumOf(await turn("bytes", { x: ten }))).toBe(210);
  });

  test("of one row in the graph answers one turn at a time", async () => {
    const { engine, turn } = await startTestEngine({
      files: accumulatorFiles("one", { batch: 1 }),
    });
    const first = await turn("one", { x: number(3n) });

    expect(engine.models[0]?.batch).toBe(1);
    expect(sumOf(await turn("one", { x: number(4n) }, { state: first.state }))).toBe(7n);
  });

  test("answers turns of different conversations in one run, each with a state of its own", async () => {
    const { worker } = await loadModels({ files: accumulatorFiles("sum") });
    const parts = [1n, 20n, 300n].map((value) => ({
      kind: "turn" as const,
      question: { kind: "tensors" as const, tensors: { x: number(value) }, rows: 1 },
      state: { total: number(4_000n * value) },
    }));
    const ran = await worker.run({ model: 0, parts, runTimeoutMs: 60_000 });

    const outputs = ran.ok ? ran.outputs.filter((output) => output.kind !== "failure") : [];
    expect(outputs.map(sumOf)).toEqual([4_001n, 80_020n, 1_200_300n]);
    // A view of the batch's memory would hold all of it for as long as one conversation is kept.
    for (const { state } of outputs)
      expect(state).toHaveProperty("total.data.buffer.byteLength", 8);
  });

  test("is warmed up and probed with a conversation's first turn", async () => {
    const { models, worker, problems } = await loadModels({
      files: {
        ...accumulatorFiles("sum"),
        "sum/model.yaml":
          "state: [{ input: total, output: next_total }]\nwarm_up: { inputs: { x: [[5]] } }\n",
      },
    });

    expect(problems).toEqual([]);
    expect(models).toMatchObject([{ mixes: true, costs: [{ rows: 1, length: 1 }, {}, {}, {}] }]);
    expect(
      await worker.run({ model: 0, parts: [{ kind: "sample" }], runTimeoutMs: 5_000 }),
    ).toMatchObject({ ok: true, outputs: [] });
  });
});

describe("a turn", () => {
  const refusal = async (...[model, input]: Parameters<typeof askBoth>) => {
    const outcome = await askBoth(model, input);
    return outcome.ok ? "answered" : `${outcome.failure.kind}: ${outcome.failure.detail}`;
  };
  const started = startTestEngine({
    files: {
      ...accumulatorFiles("sum"),
      "plain/model.onnx": onnxModel({
        inputs: [{ name: "x", type: "INT64", shape: ["batch", 1] }],
        outputs: [{ name: "y", type: "INT64", shape: ["batch", 1] }],
        nodes: [{ op: "Identity", inputs: ["x"], outputs: ["y"] }],
      }),
    },
  });
  const askBoth = async (...args: Parameters<Awaited<typeof started>["ask"]>) =>
    (await started).ask(...args);
  const rows = (count: number) =>
    ({ kind: "tensors", tensors: { x: number(1n, count) }, rows: count }) as const;

  test("is what a stateful model answers, and no other model", async () => {
    expect(await refusal("sum", rows(1))).toBe(
      "invalid-input: this model answers turns of conversations: send a text or the inputs of one row a turn, and no instances",
    );
    expect(await refusal("plain", { kind: "turn", question: rows(1), state: undefined })).toBe(
      "invalid-input: this model keeps no state: ask it without a conversation",
    );
    expect(
      await refusal("sum", {
        kind: "turn",
        question: { kind: "inputs", inputs: [{ text: "3" }] },
        state: undefined,
      }),
    ).toBe("invalid-input: this model takes tensors: send inputs, not text");
  });

  test.each([0, 2])("is one row, not %d", async (count) => {
    expect(await refusal("sum", { kind: "turn", question: rows(count), state: undefined })).toBe(
      `invalid-input: a turn is one row, and this has ${count}`,
    );
  });

  test.each<[string, Tensors]>([
    ["that is not there", {}],
    ["of two rows", { total: number(1n, 2) }],
    ["of another shape", { total: { ...number(1n), shape: [1] } }],
    ["of other numbers", { total: { datatype: "INT32", shape: [1, 1], data: Int32Array.of(1) } }],
    ["that is cut off", { total: { ...number(1n), data: new BigInt64Array(0) } }],
  ])("is refused with a state %s, before it could run into another's", async (_, state) => {
    expect(await refusal("sum", { kind: "turn", question: rows(1), state })).toBe(
      "conflict: the conversation's total is not INT64 [1, 1]: the model has changed; begin a new conversation",
    );
  });

  test("that fails in a batch leaves no trace in the others' states", async () => {
    const value = (name: string) => ({ name, type: "INT64", shape: ["batch", 1] }) as const;
    const picky = onnxModel({
      inputs: [value("x"), value("total")],
      outputs: [value("next_total")],
      nodes: [
        // Throws for any x outside the table.
        { op: "Gather", inputs: ["table", "x"], outputs: ["picked"] },
        { op: "Add", inputs: ["total", "picked"], outputs: ["next_total"] },
      ],
      constants: [constant({ name: "table", shape: [2], data: BigInt64Array.of(0n, 1n) })],
    });
    const { run, turn } = await startTestEngine({
      files: {
        ...accumulatorFiles("sum"),
        "sum/model.onnx": picky,
        "slow/model.onnx": slowModel(),
      },
    });
    const busy = run("slow", { rounds: { ...number(100n), shape: [1] } });
    const values = [0n, 1n, 99n, 1n];
    const turns = values.map(async (value) => {
      try {
        const { state } = await turn(
          "sum",
          { x: number(value) },
          { state: { total: number(10n) } },
        );
        return state?.["total"]?.data[0];
      } catch {
        return "failed";
      }
    });
    await busy;

    expect(await Promise.all(turns)).toEqual([10n, 11n, "failed", 11n]);
  });
});

test("whatever the order and whoever shares the runs, each conversation adds up as it does alone", async () => {
  const { turn } = await startTestEngine({ files: accumulatorFiles("sum") });
  const converse = async (values: readonly bigint[]) => {
    const totals: unknown[] = [];
    let state: Tensors | undefined;
    for (const value of values) {
      const output = await turn("sum", { x: number(value) }, { state });
      totals.push(sumOf(output));
      state = output.state;
    }
    return totals;
  };
  const totalsOf = (values: readonly bigint[]) =>
    values.map((_, at) =>
      BigInt.asIntN(
        64,
        values.slice(0, at + 1).reduce((a, b) => a + b, 0n),
      ),
    );

  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { maxLength: 8 }), {
        maxLength: 12,
      }),
      async (conversations) => {
        expect(await Promise.all(conversations.map(converse))).toEqual(conversations.map(totalsOf));
      },
    ),
    { numRuns: 60 },
  );
});
