import { type ElementType, onnxModel } from "./onnx-builder.ts";

interface AccumulatorOptions {
  readonly type?: ElementType;
  /** 1: a graph for one row. */
  readonly batch?: "batch" | 1;
}

/** `x` and the state `total`, both [batch, 1] → `sum` and `next_total`: `total` + `x`, exact while it fits the type. */
function accumulatorModel(options: AccumulatorOptions = {}): Uint8Array {
  const { type = "INT64", batch = "batch" } = options;
  const value = (name: string) => ({ name, type, shape: [batch, 1] });
  return onnxModel({
    inputs: [value("x"), value("total")],
    outputs: [value("sum"), value("next_total")],
    nodes: [
      { op: "Add", inputs: ["total", "x"], outputs: ["sum"] },
      { op: "Identity", inputs: ["sum"], outputs: ["next_total"] },
    ],
  });
}

/** Its folder, for `writeModels`. */
export function accumulatorFiles(
  name: string,
  options?: AccumulatorOptions & { readonly initial?: number },
): Readonly<Record<string, string | Uint8Array>> {
  const pair = `{ input: total, output: next_total, initial: ${options?.initial ?? 0} }`;
  return {
    [`${name}/model.onnx`]: accumulatorModel(options),
    [`${name}/model.yaml`]: `state:\n  - ${pair}\n`,
  };
}
