import { Tokenizer } from "@huggingface/tokenizers";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { percentile } from "../load/percentile.ts";
import { workloadInputs } from "../stacks/workload-inputs.ts";
import type { BarePlan, BareResult, BareRun } from "./bare-protocol.ts";
import { cutBatches } from "./cut-batches.ts";

/** ONNX Runtime on one core with nothing around it: bare-loops.ts starts one for each core and tells it what to run. */
const plan = JSON.parse(process.argv[2] ?? "") as BarePlan;
const MAX_TOKENS = 128;

// By ONNX Runtime's defaults, which without VNNI are faster than what Flotilla asks for there, and less exact (ADR 0002).
const session = await InferenceSession.create(plan.onnxFile, {
  graphOptimizationLevel: "all",
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 4,
});

/** Rows of the model's inputs: numbers, or tokens. */
const rows = await readRows();
const isTokens = plan.tokenizerFile !== undefined;
process.send?.("ready");

async function readRows(): Promise<readonly (readonly number[])[]> {
  const inputs = await workloadInputs(plan.workload);
  if (inputs.kind === "features") return inputs.features;
  const tokenizer = new Tokenizer(await Bun.file(plan.tokenizerFile ?? "").json(), {});
  return inputs.texts.map((text) => tokenizer.encode(text).ids.slice(0, MAX_TOKENS));
}

function feedsOf(batch: readonly number[]): Record<string, Tensor> {
  const chosen = batch.map((at) => rows[at] ?? []);
  const width = Math.max(...chosen.map((row) => row.length));
  const shape = [batch.length, width];
  const padded = (fill: (row: readonly number[], column: number) => number) =>
    chosen.flatMap((row) => Array.from({ length: width }, (_, column) => fill(row, column)));
  if (!isTokens) {
    const values = padded((row, column) => row[column] ?? 0);
    return { features: new Tensor("float32", Float32Array.from(values), shape) };
  }
  const integers = (fill: Parameters<typeof padded>[0]) =>
    new Tensor("int64", BigInt64Array.from(padded(fill), BigInt), shape);
  const known: Readonly<Record<string, () => Tensor>> = {
    input_ids: () => integers((row, column) => row[column] ?? 0),
    attention_mask: () => integers((row, column) => (column < row.length ? 1 : 0)),
    token_type_ids: () => integers(() => 0),
  };
  return Object.fromEntries(
    session.inputNames.map((name) => {
      const make = known[name];
      if (make === undefined) throw new Error(`${plan.onnxFile} has an input ${name}`);
      return [name, make()];
    }),
  );
}

async function run({ batch, order, ms }: BareRun): Promise<BareResult> {
  const lengths = rows.map((row) => row.length);
  const feeds = cutBatches(lengths, { batch, order }).map(feedsOf);
  const took: number[] = [];
  const begin = performance.now();
  for (let at = 0, now = begin; now - begin < ms; at++) {
    await session.run(feeds[at % feeds.length] ?? {});
    const after = performance.now();
    took.push(after - now);
    now = after;
  }
  return {
    items: took.length * batch,
    ms: performance.now() - begin,
    p50Ms: percentile(took, 0.5),
    p99Ms: percentile(took, 0.99),
  };
}

process.on("message", async (told: BareRun) => process.send?.(await run(told)));
process.on("disconnect", () => process.exit());
