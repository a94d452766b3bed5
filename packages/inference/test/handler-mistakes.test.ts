import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { handlerText, POSTPROCESS, PREPROCESS } from "@flotilla/testkit/handler-text";
import { addModel } from "@flotilla/testkit/onnx-builder";
import { startTestEngine } from "./start-test-engine.ts";

setDefaultTimeout(120_000);

/** `sum` with these steps. */
async function start(steps: string, more: Readonly<Record<string, string>> = {}) {
  const files = {
    "sum/model.onnx": addModel(["batch", 2]),
    "sum/handler.ts": handlerText(steps),
    ...more,
  };
  const engine = await startTestEngine({ files });
  expect(engine.problems).toEqual([]);
  const failureOf = async (x: number, model = "sum") => {
    const outcome = await engine.ask(model, { kind: "inputs", inputs: [{ x }] });
    return outcome.ok ? undefined : outcome.failure;
  };
  const predictAll = async (...xs: readonly number[]) => {
    const outcome = await engine.ask("sum", { kind: "inputs", inputs: xs.map((x) => ({ x })) });
    const output = outcome.ok ? outcome.value.output : undefined;
    const predictions = output?.kind === "predictions" ? output.predictions : [];
    return predictions.map((one) => one.kind === "json" && one.json);
  };
  return { ...engine, failureOf, predictAll };
}

describe("an input that is refused or fails", () => {
  test("of several is told its place", async () => {
    const { ask } = await start(`
  preprocess({ x }) {
    if (x === 13) throw new RejectedInput("thirteen brings bad luck");
    if (x === 14) throw new Error("secret");
    return { a: makeTensor("FP32", [1, 2], [x, x]), b: makeTensor("FP32", [1, 2]) };
  },
  ${POSTPROCESS}`);
    const detailOf = async (...xs: readonly number[]) => {
      const outcome = await ask("sum", { kind: "inputs", inputs: xs.map((x) => ({ x })) });
      return outcome.ok ? "answered" : outcome.failure.detail;
    };

    expect(await detailOf(1, 2, 13)).toBe("instances[2]: thirteen brings bad luck");
    expect(await detailOf(1, 14, 3)).toStartWith("instances[1]: the handler of sum failed in");
    expect(await detailOf(13)).toBe("thirteen brings bad luck");
    expect(await detailOf(1, 2, 3)).toBe("answered");
  });
});

describe("what a handler throws", () => {
  test("is in the report, whatever it is", async () => {
    const { failureOf } = await start(`
  preprocess({ x }) {
    if (x === 10) throw { code: "E_LABEL", at: { row: 7 } };
    if (x === 11) { const error = new Error("round"); error.cause = error; throw error; }
    if (x === 12) throw Object.assign(new Error("flat"), { stack: 5 });
    if (x === 13) throw { [Symbol.for("nodejs.util.inspect.custom")]() { throw new Error("no"); } };
    return { a: makeTensor("FP32", [1, 2], [x, x]), b: makeTensor("FP32", [1, 2]) };
  },
  ${POSTPROCESS}`);
    const reports = await Promise.all([10, 11, 12, 13].map((x) => failureOf(x)));

    expect(reports).toEqual(
      [
        /E_LABEL.*row: 7/s,
        /Error: round\n.*handler\.ts:8.*caused by Error: round/s,
        /flat/,
        /thrown/,
      ].map((report) => ({
        kind: "inference-failed",
        detail:
          "the handler of sum failed in preprocess; the log has the error by this request's id",
        report: expect.stringMatching(report),
      })),
    );
  });
});

describe("a handler that asks another model", () => {
  test.each(["null", "undefined", "3", '"text"', "[]"])(
    "with %s is told what that takes",
    async (input) => {
      const asks = handlerText(`uses: ["sum"],
  predict: async ({ x }, { predict }) => await predict("sum", x === 9 ? ${input} : { x }),`);
      const { failureOf } = await start(PREPROCESS + POSTPROCESS, { "asks/handler.ts": asks });

      expect((await failureOf(9, "asks"))?.report).toContain(
        "sum was asked wrongly: the input: expected object, got ",
      );
    },
  );

  test("and has no tensors of its own takes none", async () => {
    const asks = handlerText(`uses: ["sum"],\n  predict: () => 1,`);
    const { run } = await start(PREPROCESS + POSTPROCESS, { "asks/handler.ts": asks });

    expect(await run("asks", {})).toMatchObject({
      failure: { kind: "invalid-input", detail: expect.stringContaining("has no tensors") },
    });
  });
});

describe("an input's tensors", () => {
  test("are its own: their memory may be filled again for the next", async () => {
    const sum = handlerText(`
  setup: () => ({ a: makeTensor("FP32", [1, 2]), b: makeTensor("FP32", [1, 2]) }),
  preprocess({ x }, { resources }) {
    resources.a.data.fill(x);
    return resources;
  },
  ${POSTPROCESS}`);
    // With one example alone, the start cannot see what comes of it.
    const { predictAll } = await start("", { "sum/handler.ts": sum.replace(", { x: -2.5 }", "") });

    expect(await predictAll(1, 2, 3)).toEqual(
      ["[1,1]", "[2,2]", "[3,3]"].map((sums) => `{"sums":${sums}}`),
    );
  });
});
