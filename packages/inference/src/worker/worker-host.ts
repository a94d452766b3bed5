import { type Checked, refused } from "@flotilla/common/checked";
import type { Logger } from "@flotilla/common/logger";
import { whenOverdue } from "@flotilla/common/when-overdue";
import type { ModelSource } from "../model-source.ts";
import { type InferenceThread, startInferenceThread } from "./inference-thread.ts";
import type {
  BatchPart,
  FromWorker,
  LoadLimits,
  PartOutput,
  StartBound,
  ToWorker,
  WorkerModel,
} from "./worker-protocol.ts";

export type BatchResult =
  | {
      readonly ok: true;
      readonly outputs: readonly PartOutput[];
      readonly costMs?: number | undefined;
      readonly handlerMs?: number | undefined;
    }
  | {
      readonly ok: false;
      readonly message: string;
      /** It has not ended, and the process soon will: nothing more can be run. */
      readonly hangs?: true;
    };

/** The main thread's end of the inference worker: one question at a time, each bounded. */
export interface WorkerHost {
  load(
    sources: readonly ModelSource[],
    limits: LoadLimits,
  ): Promise<Checked<readonly WorkerModel[]>>;
  run(run: WorkerRun): Promise<BatchResult>;
}

interface WorkerRun {
  readonly model: number;
  readonly parts: readonly BatchPart[];
  /** Past it the run is said to hang, and a moment later `onFatal` is called. */
  readonly runTimeoutMs: number;
  /** By position, of the parts whose replies are told while they are made; none of them throws. */
  readonly listeners?: ReadonlyMap<number, (piece: string) => void> | undefined;
}

/** For the answer to the request that hangs to reach its client: unanswered, NGINX would bring it to the next replica. */
const LAST_ANSWER_MS = 100;

/**
 * `onFatal` gets what cannot be mended from here (a run that hangs, a worker that died) and must end the process:
 * a running worker cannot be terminated without aborting the process anyway.
 */
export function startWorker(options: {
  readonly logger: Logger;
  readonly onFatal: (reason: string) => void;
  /** One of its own unless given. */
  readonly thread?: InferenceThread | undefined;
}): WorkerHost {
  const { logger, thread = startInferenceThread() } = options;
  const { worker } = thread;
  let answer: ((message: FromWorker) => void) | undefined;
  let starting: StartSteps | undefined;
  let listeners: WorkerRun["listeners"];
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    if (data.type === "begins") starting?.begin(data.bound);
    else if (data.type === "ends") starting?.end();
    else if (data.type === "said") listeners?.get(data.position)?.(data.piece);
    else if (data.type === "stray")
      logger.error({ report: data.report }, "a handler's stray error");
    else answer?.(data);
  };
  const end = watchEnd(thread, options.onFatal);

  const ask = (message: ToWorker) =>
    new Promise<FromWorker>((resolve) => {
      answer = resolve;
      worker.postMessage(message);
    });

  return {
    async load(sources, limits) {
      const steps = boundSteps();
      starting = steps;
      const loaded = await Promise.race([ask({ type: "load", sources, limits }), steps.exceeded]);
      if (loaded.type === "hung") return refused(loaded.problem);
      if (loaded.type !== "loaded")
        throw new Error(`the worker answered a load with ${loaded.type}`);
      return loaded.problems.length > 0
        ? refused(...loaded.problems)
        : { ok: true, value: loaded.models };
    },
    async run({ model, parts, runTimeoutMs, ...run }) {
      end.answersRun = true;
      listeners = run.listeners;
      const message = `a run took longer than its run_timeout_ms (${runTimeoutMs} ms)`;
      const { promise: overdue, resolve } = Promise.withResolvers<{ readonly type: "overdue" }>();
      const onTime = whenOverdue(runTimeoutMs, () => resolve({ type: "overdue" }));
      const asked = ask({
        type: "run",
        model,
        parts,
        listened: [...(listeners?.keys() ?? [])],
      });
      const result = await Promise.race([asked, overdue, end.ended]);
      onTime();
      end.answersRun = false;
      switch (result.type) {
        case "ended":
          return { ok: false, message: result.message, hangs: true };
        case "overdue":
          setTimeout(() => options.onFatal(message), LAST_ANSWER_MS);
          return { ok: false, message, hangs: true };
        case "completed":
          return {
            ok: true,
            outputs: result.outputs,
            costMs: result.costMs,
            handlerMs: result.handlerMs,
          };
        case "failed":
          return { ok: false, message: result.message };
        default:
          throw new Error(`the worker answered a run with ${result.type}`);
      }
    },
  };
}

/** What runs then is answered first; where nothing does, the process ends at once. */
function watchEnd(thread: InferenceThread, onFatal: (reason: string) => void) {
  const { promise, resolve } = Promise.withResolvers<{ type: "ended"; message: string }>();
  const end = { ended: promise, answersRun: false };
  void thread.ended.then((message) => {
    if (!end.answersRun) onFatal(message);
    resolve({ type: "ended", message });
    setTimeout(() => onFatal(message), LAST_ANSWER_MS);
  });
  return end;
}

interface StartSteps {
  readonly exceeded: Promise<{ readonly type: "hung"; readonly problem: string }>;
  begin(bound: StartBound): void;
  end(): void;
}

/** The worker cannot bound its own steps, for they block it; a hung one must stop the start, not stall it. */
function boundSteps(): StartSteps {
  const onTime: (() => void)[] = [];
  const { promise, resolve } = Promise.withResolvers<Awaited<StartSteps["exceeded"]>>();
  return {
    exceeded: promise,
    begin({ ms, problem }) {
      onTime.push(whenOverdue(ms, () => resolve({ type: "hung", problem })));
    },
    end() {
      onTime.pop()?.();
    },
  };
}
