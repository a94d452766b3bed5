import { cpus } from "node:os";
import onnxruntime from "onnxruntime-node/package.json" with { type: "json" };
import { type BareLoops, findBestBatch, startBareLoops } from "../bare/bare-loops.ts";
import type { BareRun } from "../bare/bare-protocol.ts";
import { cpuSince, cpuTimes } from "../cpu/cpu-time.ts";
import { print } from "../print.ts";
import type { Workload } from "../stacks/stack.ts";
import type { BareName, SideName } from "./scenario.ts";
import { type Measuring, type Side, WARM_UP_S } from "./side.ts";

type How = Pick<BareRun, "batch" | "order">;

/** What a batcher that knows nothing of lengths would do with about thirty requests at three replicas. */
const BLIND_BATCH = 8;

const HOW: Readonly<
  Record<BareName, { readonly processes: number; how(loops: BareLoops): Promise<How> }>
> = {
  "bare-best": {
    processes: cpus().length,
    how: async (loops) => ({ batch: await findBestBatch(loops), order: "by-length" }),
  },
  "bare-blind": {
    processes: cpus().length,
    how: async () => ({ batch: BLIND_BATCH, order: "blind" }),
  },
  "bare-one": { processes: 1, how: async () => ({ batch: 1, order: "blind" }) },
};

export function isBare(name: SideName): name is BareName {
  return name in HOW;
}

export async function openBareSide(
  name: BareName,
  workload: Workload,
  { seconds }: Measuring,
): Promise<Side & AsyncDisposable> {
  const { processes, how } = HOW[name];
  const loops = await startBareLoops(workload, processes);
  const run = await how(loops);
  print(`  ${name}: ${processes} processes, batches of ${run.batch}`);
  return {
    name,
    versions: { "onnxruntime-node": onnxruntime.version },
    warmUpS: WARM_UP_S,
    async measure() {
      const before = cpuTimes({ replicas: loops.pids });
      const result = await loops.run({ ...run, ms: seconds * 1000 });
      const used = cpuSince(before, cpuTimes({ replicas: loops.pids }))["replicas"] ?? 0;
      return {
        figures: { perSecond: result.perSecond, p50Ms: result.p50Ms, p99Ms: result.p99Ms },
        cpu: { replicas: used / result.items },
      };
    },
    check: async () => [],
    [Symbol.asyncDispose]: () => loops[Symbol.asyncDispose](),
  };
}
