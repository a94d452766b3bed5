import type { Workload } from "../stacks/stack.ts";

/** What one loop runs over, one argument as JSON. */
export interface BarePlan {
  readonly workload: Workload;
  readonly onnxFile: string;
  /** Of a model of texts. */
  readonly tokenizerFile: string | undefined;
}

export interface BareRun {
  readonly batch: number;
  /**
   * `by-length`: of every 32 inputs that come one after the other, those of like length share a batch.
   * `blind`: whoever is next.
   */
  readonly order: "by-length" | "blind";
  readonly ms: number;
}

export interface BareResult {
  readonly items: number;
  readonly ms: number;
  /** Of single runs. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}
