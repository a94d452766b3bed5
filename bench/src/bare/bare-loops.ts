import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Workload } from "../stacks/stack.ts";
import { writeWorkloadModel } from "../stacks/workload-models.ts";
import type { BarePlan, BareResult, BareRun } from "./bare-protocol.ts";

export interface BareLoops extends AsyncDisposable {
  readonly pids: readonly number[];
  /** The same in all loops at once. */
  run(run: BareRun): Promise<BareResult & { readonly perSecond: number }>;
}

const SCRIPT = new URL("./bare-process.ts", import.meta.url).pathname;

/** What the model itself allows: `session.run` on prepared tensors, a loop with one thread in each process. */
export async function startBareLoops(workload: Workload, processes: number): Promise<BareLoops> {
  await using started = new AsyncDisposableStack();
  const models = started.use(await writeWorkloadModel(workload));
  const plan = { workload, ...findFiles(models.modelFolder) };
  const loops = Array.from({ length: processes }, () => started.use(startLoop(plan)));
  await Promise.all(loops.map(({ ready }) => ready));
  const running = started.move();
  return {
    pids: loops.map(({ pid }) => pid),
    async run(run) {
      const results = await Promise.all(loops.map((loop) => loop.run(run)));
      const sum = (of: (result: BareResult) => number) =>
        results.reduce((all, result) => all + of(result), 0);
      return {
        items: sum(({ items }) => items),
        ms: Math.max(...results.map(({ ms }) => ms)),
        p50Ms: sum(({ p50Ms }) => p50Ms) / results.length,
        p99Ms: Math.max(...results.map(({ p99Ms }) => p99Ms)),
        perSecond: sum(({ items, ms }) => (items / ms) * 1000),
      };
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

const SIZES = [1, 2, 4, 8, 16, 32, 64];
const TRY_MS = 600;

/** The batch size at which the loops get through most. */
export async function findBestBatch(loops: BareLoops): Promise<number> {
  let best = { batch: 1, perSecond: 0 };
  for (const batch of SIZES) {
    const { perSecond } = await loops.run({ batch, order: "by-length", ms: TRY_MS });
    if (perSecond > best.perSecond) best = { batch, perSecond };
  }
  return best.batch;
}

function findFiles(folder: string): Omit<BarePlan, "workload"> {
  const files = readdirSync(folder);
  const onnxFile = files.find((file) => file.endsWith(".onnx"));
  if (onnxFile === undefined) throw new Error(`${folder} has no ONNX file`);
  const tokenizer = files.find((file) => file === "tokenizer.json");
  return {
    onnxFile: join(folder, onnxFile),
    tokenizerFile: tokenizer === undefined ? undefined : join(folder, tokenizer),
  };
}

function startLoop(plan: BarePlan) {
  const ready = Promise.withResolvers<void>();
  let settle: (result: BareResult) => void = () => {};
  const child = Bun.spawn([process.execPath, SCRIPT, JSON.stringify(plan)], {
    stdio: ["ignore", "inherit", "inherit"],
    ipc(message: "ready" | BareResult) {
      if (message === "ready") ready.resolve();
      else settle(message);
    },
  });
  const ended = child.exited.then((code) => {
    throw new Error(`a loop of ONNX Runtime ended with exit code ${code}`);
  });
  ended.catch(() => {}); // whoever waits for it hears of it
  return {
    pid: child.pid,
    ready: Promise.race([ready.promise, ended]),
    run(run: BareRun): Promise<BareResult> {
      const result = Promise.withResolvers<BareResult>();
      settle = result.resolve;
      child.send(run);
      return Promise.race([result.promise, ended]);
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
}
