import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { addModel } from "@flotilla/testkit/onnx-builder";
import { startTestEngine } from "./start-test-engine.ts";

setDefaultTimeout(120_000);

/** A handler of a model that adds `a` and `b`, [batch, 2] each; `steps` are what is in it beside input and examples. */
export function sumHandler(steps: string): string {
  return `import { defineHandler, makeTensor, RejectedInput, stack, t } from "@flotilla/handler";
export const handler = defineHandler()({
  input: t.Object({ x: t.Number() }, { additionalProperties: false }),
  examples: [{ x: 1 }, { x: -2.5 }],
${steps}
});
`;
}

const PREPROCESS =
  "preprocess: ({ x }) => ({ a: makeTensor('FP32', [1, 2], [x, x]), b: makeTensor('FP32', [1, 2], [1, 2]) }),";
const POSTPROCESS = "postprocess: ({ sum }) => ({ sums: sum.data }),";

async function start(steps: string, files: Readonly<Record<string, string | Uint8Array>> = {}) {
  const engine = await startTestEngine({
    files: {
      "sum/model.onnx": addModel(["batch", 2]),
      "sum/handler.ts": sumHandler(steps),
      ...files,
    },
  });
  const ask = async (input: Readonly<Record<string, unknown>>, model = "sum") => {
    const outcome = await engine.ask(model, { kind: "inputs", inputs: [input] });
    if (!outcome.ok) return outcome.failure;
    const [first] =
      outcome.value.output.kind === "predictions" ? outcome.value.output.predictions : [];
    return first?.kind === "json" ? JSON.parse(first.json) : first;
  };
  return { ...engine, predict: ask };
}

describe("a handler", () => {
  test("turns an input into tensors and outputs into an answer", async () => {
    const { predict, problems, engine } = await start(PREPROCESS + POSTPROCESS);

    expect(problems).toEqual([]);
    expect(await predict({ x: 4 })).toEqual({ sums: [5, 6] });
    expect(engine.models[0]).toMatchObject({
      task: "handler",
      batch: "dynamic",
      takes: { examples: [{ x: 1 }, { x: -2.5 }], accepts: [] },
    });
  });
});
