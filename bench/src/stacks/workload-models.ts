import { join } from "node:path";
import { mlpModel } from "@flotilla/testkit/onnx-builder";
import { lacksMinilm, MINILM, SENTIMENT } from "@flotilla/testkit/shared-models";
import { type ModelFolder, writeModels } from "@flotilla/testkit/write-models";
import type { Workload } from "./stack.ts";

/** 64 numbers, a hidden layer of 64, two scores: a run takes microseconds. */
const MLP = [64, 64, 2];

/**
 * MiniLM scales its activations over a whole batch, so Flotilla would run its texts one at a time (ADR 0002). The other
 * stacks batch it all the same, and are given the same leave.
 */
const MINILM_MANIFEST = "batching: { mix: always }\n";

/** What must not be measured without: MiniLM is too large for the repository. */
export function lacksModel(workload: Workload): boolean {
  return workload.startsWith("minilm") && lacksMinilm;
}

/** A model repository with the workload's one model, for any stack: `NAME/model.onnx`, or a Hugging Face export. */
export async function writeWorkloadModel(
  workload: Workload,
  manifest?: string,
): Promise<ModelFolder> {
  switch (workload) {
    case "mlp":
      return writeModels({ files: { "mlp/model.onnx": mlpModel(MLP) } });
    case "sentiment":
      return writeModels({ links: { sentiment: SENTIMENT } });
    case "minilm":
    case "minilm-mixed": {
      const files = ["config.json", "tokenizer.json", "tokenizer_config.json", "model_int8.onnx"];
      return writeModels({
        files: { "minilm/model.yaml": manifest ?? MINILM_MANIFEST },
        links: Object.fromEntries(files.map((file) => [`minilm/${file}`, join(MINILM, file)])),
      });
    }
  }
}
