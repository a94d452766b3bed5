import type { CostTable } from "./cost-table.ts";
import type { HealthRecord } from "./model-health.ts";
import type { WorkerModel } from "./worker/worker-protocol.ts";

/** A loaded model, what its batches cost, and how it stands. */
export interface ServedModel extends Omit<WorkerModel, "costs"> {
  readonly costs: CostTable;
  /** What they cost on the main thread; undefined: it is not held there. */
  readonly inlineCosts: CostTable | undefined;
  readonly health: HealthRecord;
}
