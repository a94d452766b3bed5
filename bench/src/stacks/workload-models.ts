import { join } from "node:path";
import { mlpModel } from "@flotilla/testkit/onnx-builder";
import { lacksMinilm, MINILM, SENTIMENT } from "@flotilla/testkit/shared-models";
import { writeModels } from "@flotilla/testkit/write-models";
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

export interface WorkloadModel extends AsyncDisposable {
  /** A model repository with this model alone. */
  readonly repository: string;
  /** Where in it the ONNX file is, and the tokenizer, for whoever reads them itself. */
  readonly modelFolder: string;
}

/** `manifest`: model.yaml, where it is another than the workload's. */
export async function writeWorkloadModel(
  workload: Workload,
  manifest = MINILM_MANIFEST,
): Promise<WorkloadModel> {
  const { inRepository, ...content } = contentOf(workload, manifest);
  const { folder, ...written } = await writeModels(content);
  return { ...written, repository: folder, modelFolder: join(folder, inRepository) };
}

function contentOf(workload: Workload, manifest: string) {
  switch (workload) {
    case "mlp":
      return { files: { "mlp/model.onnx": mlpModel(MLP) }, inRepository: "mlp" };
    case "sentiment":
      return { links: { sentiment: SENTIMENT }, inRepository: "sentiment/1" };
    case "minilm":
    case "minilm-mixed": {
      const files = ["config.json", "tokenizer.json", "tokenizer_config.json", "model_int8.onnx"];
      return {
        files: { "minilm/model.yaml": manifest },
        links: Object.fromEntries(files.map((file) => [`minilm/${file}`, join(MINILM, file)])),
        inRepository: "minilm",
      };
    }
  }
}
